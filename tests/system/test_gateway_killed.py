"""A gateway that is killed leaves nobody behind, and a second one in its folder touches nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aios.folder import Folder

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "aios", "run", "nord", "--folder", str(folder)]


def run_to_end(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, check=False, capture_output=True, text=True, timeout=90)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway of nord whose devices nobody serves, ready."""
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command(tmp_path / "site"), stdout=subprocess.PIPE, stderr=log)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert b"ready" in line, (tmp_path / "log").read_text()
    yield process
    process.stdout.close()
    process.kill()
    process.wait()


def parent_of(process: int) -> int:
    """Return the parent of a process; 0 where it has ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    state, parent = stat.rpartition(")")[2].split()[:2]
    return 0 if state == "Z" else int(parent)


def offspring(parent: int) -> dict[int, str]:
    """Return the processes that descend from one, with their command lines."""
    running = {int(path.name): parent_of(int(path.name)) for path in Path("/proc").glob("[0-9]*")}
    found, fresh = set(), {parent}
    while fresh:
        fresh = {process for process, its in running.items() if its in fresh} - found
        found |= fresh
    return {process: words(process) for process in found}


def words(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def comes_true(condition: Callable[[], bool], within_s: float) -> bool:
    """Other processes cannot be awaited: look until it is so."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        os.sched_yield()
    return condition()


def test_no_child_lives_five_seconds_after_the_gateway_was_killed(
    gateway: subprocess.Popen[bytes],
) -> None:
    for name in ("aios.historian", "kernel.shell.worker_process", "policies.worker"):
        assert comes_true(lambda name=name: name in str(offspring(gateway.pid)), 30.0), name
    children = offspring(gateway.pid)
    gateway.send_signal(signal.SIGKILL)
    gateway.wait()
    comes_true(lambda: not any(map(parent_of, children)), 5.0)
    assert {child: said for child, said in children.items() if parent_of(child)} == {}


def test_a_second_gateway_in_the_folder_is_refused_before_it_writes_anything(
    gateway: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    second = run_to_end(command(tmp_path / "site"))
    assert second.returncode == 4
    said = "".join(second.stderr.split())  # the message is broken into lines anywhere
    assert f"{tmp_path}/sitehasanothergateway(process{gateway.pid})" in said
    assert "Traceback" not in said
    with closing(sqlite3.connect(Folder(root=tmp_path / "site").recorder)) as recorder:
        assert recorder.execute("select count(*) from runs").fetchone() == (1,)


def test_a_second_historian_never_moves_the_cursors_of_the_first(
    gateway: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    folder = Folder(root=tmp_path / "site")
    assert comes_true(lambda: folder.cursors_lock.exists() and bool(folder.cursors_lock.read_text()), 30.0)
    historian = next(w for w in offspring(gateway.pid).values() if "aios.historian" in w).split()
    second = run_to_end(historian[:-2])  # without the parent that it would end with
    assert second.returncode == 4
    assert "has another historian" in second.stderr
