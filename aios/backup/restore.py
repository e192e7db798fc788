"""Restoring: into a folder that is not there yet, and not before everything was proven."""

from __future__ import annotations

import fcntl
import os
import tempfile
import time
from contextlib import closing
from pathlib import Path

from aios.backup.manifest import Manifest
from aios.backup.read import opened, unpacked
from aios.folder import Folder
from kernel.journal.commands import CommandJournal

ENTRY = "restored"
"""Kind of the entry that a restored journal goes on with: an auditor sees where two journals part."""


class Inhabited(FileExistsError):
    """The folder to restore into holds something, or a gateway lives in it."""


def restore(backup: Path, into: Path, *, public_key: str = "") -> Manifest:
    """Restore a backup into a new folder; what was not proven never stands there.

    Raises:
        FileNotFoundError: there is no such backup.
        Inhabited: the folder is not empty, or a gateway lives in it.
        NotWhole: the backup is not what was written.
    """
    _must_be_free(into)
    into.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=into.parent, prefix=f".{into.name}-") as name,
        opened(backup) as archive,
    ):
        fresh = Path(name) / "folder"
        fresh.mkdir()
        manifest = unpacked(archive, fresh, public_key=public_key)
        _note(fresh, manifest)
        _must_be_free(into)
        fresh.rename(into)  # onto nothing or an empty folder; onto anything else the system refuses
    return manifest


def _must_be_free(into: Path) -> None:
    if lives_in(into):
        raise Inhabited(f"a gateway lives in {into}; stop it, or name another folder")
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Inhabited(f"{into} is there already; a restore writes over nothing")


def lives_in(root: Path) -> bool:
    """Tell whether a gateway holds a folder, without taking hold of it."""
    try:
        handle = os.open(Folder(root=root).lock, os.O_RDWR)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _note(root: Path, manifest: Manifest) -> None:
    """Say in the journal that it goes on from a backup."""
    body = {"made_at_ns": manifest.made_at_ns, "newest": manifest.newest, "head": manifest.head}
    with closing(CommandJournal(Folder(root=root).commands)) as journal:
        journal.note(ENTRY, "journal", body, at_ns=time.time_ns())
