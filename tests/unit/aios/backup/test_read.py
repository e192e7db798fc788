"""Nothing of a backup is unpacked beyond what its manifest lists."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import msgspec
import pytest

from aios.backup import read
from aios.backup.manifest import MANIFEST, Kept, Manifest
from aios.backup.read import NotWhole, opened, unpacked

SWOLLEN = b"\0" * 4_000_000


def archive_of(path: Path, body: bytes, *, listed: int) -> Path:
    kept = Kept(name="x", kind="file", bytes=listed, sha256="0" * 64, mode=0o600)
    manifest = Manifest(
        version="1", made_at_ns=0, with_keys=False, files=(kept,), newest=0, head="", findings=()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, msgspec.json.encode(manifest))
        archive.writestr("x", body)
    return path


def test_a_swollen_member_is_refused_before_it_is_written(tmp_path: Path) -> None:
    path, into = archive_of(tmp_path / "b.zip", SWOLLEN, listed=1), tmp_path / "in"
    into.mkdir()
    with pytest.raises(NotWhole, match="has 4000000 bytes, its manifest lists 1"), opened(path) as archive:
        unpacked(archive, into)
    assert list(into.iterdir()) == []


def test_what_comes_out_of_a_member_is_counted() -> None:
    into = io.BytesIO()
    read._copy(io.BytesIO(SWOLLEN), into, 11)
    assert len(into.getvalue()) == 11


def test_a_swollen_manifest_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MANIFEST_BYTES", 100)
    path = archive_of(tmp_path / "b.zip", b"", listed=0)
    with pytest.raises(NotWhole, match="more than 100 bytes"), opened(path) as archive:
        unpacked(archive, tmp_path)
