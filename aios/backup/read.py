"""Reading a backup: nothing of it is believed before its digest, and the journal not before its chain."""

from __future__ import annotations

import sqlite3
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

import msgspec

from aios.backup.manifest import FORMAT, MANIFEST, Kept, Manifest, digest_of
from aios.backup.sort import Kind
from aios.folder import Folder
from kernel.journal.audit import audit
from kernel.journal.commands import CommandJournal
from kernel.journal.signing import is_signed

MANIFEST_BYTES: Final = 16 * 1024 * 1024
"""Bytes of a manifest that are read: some ten thousand files."""
PIECE: Final = 1024 * 1024
"""Bytes that are unpacked at once."""


class NotWhole(ValueError):
    """A backup is not what was written; the message says what differs."""


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a backup.

    Raises:
        FileNotFoundError: there is none.
        NotWhole: it is no backup, or damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, RuntimeError) as error:
        raise NotWhole(f"{path} is no backup, or damaged: {error}") from error


def unpacked(archive: zipfile.ZipFile, into: Path, *, public_key: str = "") -> Manifest:
    """Lay out a backup in a folder, and prove it.

    Args:
        archive: the backup.
        into: an empty folder.
        public_key: of the gateway, from elsewhere; empty where the manifest's own must do.

    Raises:
        NotWhole: something is missing, more, or other than the manifest says; or the journal is not whole.
    """
    manifest = _manifest(archive, public_key)
    listed = sorted([MANIFEST, *(one.name for one in manifest.files)])
    if sorted(archive.namelist()) != listed:
        raise NotWhole("the backup does not hold the files that its manifest lists")
    for one in manifest.files:
        _lay(archive, one, into)
    _prove_databases(manifest, into)
    _prove_journal(manifest, into)
    return manifest


def _manifest(archive: zipfile.ZipFile, public_key: str) -> Manifest:
    try:
        with archive.open(MANIFEST) as file:
            body = file.read(MANIFEST_BYTES + 1)
        if len(body) > MANIFEST_BYTES:
            raise NotWhole(f"the manifest of the backup has more than {MANIFEST_BYTES} bytes")
        manifest = msgspec.json.decode(body, type=Manifest)
    except (KeyError, msgspec.MsgspecError) as error:
        raise NotWhole(f"the manifest of the backup cannot be read: {error}") from error
    if manifest.format != FORMAT:
        raise NotWhole(f"the backup has format {manifest.format}; this version reads {FORMAT}")
    key = public_key or manifest.public_key
    if key and not is_signed(manifest.message, manifest.signature, key):
        raise NotWhole("the manifest of the backup is not signed by the gateway")
    return manifest


def _lay(archive: zipfile.ZipFile, one: Kept, into: Path) -> None:
    path = PurePosixPath(one.name)
    if path.is_absolute() or ".." in path.parts or one.name != path.as_posix():
        raise NotWhole(f"the backup names a file outside its folder: {one.name}")
    # A small archive can hold a member that fills the disk: what it says of its size is looked at before, and
    # what comes out is counted.
    said = archive.getinfo(one.name).file_size
    if said != one.bytes:
        raise NotWhole(f"{one.name} in the backup has {said} bytes, its manifest lists {one.bytes}")
    target = into / one.name
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(one.name) as source, target.open("xb") as file:
        _copy(source, file, one.bytes + 1)
    if target.stat().st_size != one.bytes or digest_of(target) != one.sha256:
        raise NotWhole(f"{one.name} in the backup is not the file that its manifest lists")
    target.chmod(one.mode & 0o777)


def _copy(source: IO[bytes], file: IO[bytes], most: int) -> None:
    """Copy a file, `most` bytes of it at the most."""
    while most > 0 and (piece := source.read(min(PIECE, most))):
        file.write(piece)
        most -= len(piece)


def _prove_databases(manifest: Manifest, into: Path) -> None:
    for one in manifest.files:
        if one.kind != Kind.DATABASE:
            continue
        with closing(sqlite3.connect(f"file:{into / one.name}?mode=ro", uri=True)) as db:
            try:
                (said,) = db.execute("pragma quick_check(1)").fetchone()
            except sqlite3.DatabaseError as error:
                said = str(error)
        if said != "ok":
            raise NotWhole(f"{one.name} in the backup is damaged: {said}")


def _prove_journal(manifest: Manifest, into: Path) -> None:
    path = Folder(root=into).commands
    if not path.exists():
        raise NotWhole("the backup holds no command journal")
    with closing(CommandJournal(path, read_only=True)) as journal:
        if (journal.newest, journal.head) != (manifest.newest, manifest.head):
            raise NotWhole("the journal in the backup does not end with the entry that its manifest names")
        found = [text for text in audit(journal) if text not in manifest.findings]
    if found:
        raise NotWhole(f"the journal in the backup is not whole: {'; '.join(found)}")
