"""What is shipped: the wheel with all its files, and images that are pinned."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

pytestmark = pytest.mark.system
BIN = Path(sys.executable).parent
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel that the image is built from."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(command, check=True, cwd=ROOT, timeout=120, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_alone_can_check_the_shipped_site(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import aios; from aios.cli import main; print(aios.__file__, flush=True); main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "nord"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))  # not the working tree
    assert "good." in done.stdout


def test_the_wheel_carries_every_file_that_is_not_python(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    folders = ("aios", "kernel", "policies", "drivers", "simulators", "edge")
    kinds = {".toml", ".rego", ".json", ".sql", ".npz", ".html", ".css", ".js", ".svg"}
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds
    }
    assert there
    assert there - shipped == set()


def test_the_image_gets_the_lock_with_its_hashes_and_runs_as_nobody_special():
    text = (DEPLOY / "Dockerfile").read_text()
    assert "--require-hashes --requirement /build/runtime.txt" in text
    assert "--no-index --no-deps /build/*.whl" in text
    assert text.rindex("USER 10001:10001") > text.rindex("RUN ")


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder on a disk: no service mounts one of those in memory, and the lint of the stack says so."""
    with tempfile.TemporaryDirectory(prefix="aios-stack-", dir="/var/tmp") as made:
        yield Path(made)


def unpinned(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run deploy/check on a copy of the repository's deployment files with a stack.env of ours."""
    shutil.copytree(DEPLOY, folder / "deploy")
    for name in ("docker-compose.yml", ".compose-lint.yml", ".yamllint.yaml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "deploy" / "stack.env").write_text(text)
    return subprocess.run(
        [folder / "deploy" / "check"],
        env={**os.environ, "BIN": str(BIN)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_image_without_a_digest_is_refused(disk):
    done = unpinned(disk, "OPA_IMAGE=openpolicyagent/opa:1.4.2\n")
    assert done.returncode == 1
    assert "OPA_IMAGE" in done.stderr


def test_images_with_tag_and_digest_are_taken(disk):
    done = unpinned(disk, f"OPA_IMAGE=localhost:5000/opa:1.4.2@sha256:{'0' * 64}\n")
    assert done.returncode == 0, done.stdout + done.stderr
