"""Writing a backup: beside a gateway that runs, and read again before it counts."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec

import aios
from aios.backup.manifest import MANIFEST, Kept, Manifest, digest_of
from aios.backup.read import NotWhole, opened, unpacked
from aios.backup.sort import Kind, kind_of, sorted_out
from aios.backup.wanted import named_by
from aios.folder import Folder
from kernel.journal.audit import audit
from kernel.journal.commands import CommandJournal
from kernel.journal.signing import Signer

PAGES: Final = 4096
"""Pages of a database that are copied at a time; between them others may write."""
BESIDE: Final = "site-file"
"""Folder of a backup that holds the site file and what it names."""


def backup(root: Path, target: Path, *, with_keys: bool = False, site: Path | None = None) -> Manifest:
    """Write what a gateway remembers to one file, and prove it by reading it again.

    Args:
        root: folder of the gateway, which may run.
        target: file to write; nothing of that name may be there.
        with_keys: whether private keys and secrets go with it.
        site: site file that goes with it, with the files that it names.

    Raises:
        FileExistsError: the target is there.
        FileNotFoundError: the folder has nothing to back up.
        NotWhole: what was written cannot be read again; nothing stays.
    """
    if target.exists():
        raise FileExistsError(f"{target} is there already; a backup writes over nothing")
    if not Folder(root=root).commands.exists():
        raise FileNotFoundError(f"no journal in {root}")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as name:
            manifest = _gathered(root, Path(name), with_keys=with_keys, site=site)
            _packed(Path(name), manifest, fresh)
        _proven(fresh, target.parent)
        os.link(fresh, target)  # fails where somebody else was quicker; a rename would write over it
    finally:
        fresh.unlink(missing_ok=True)
    return manifest


def _gathered(root: Path, into: Path, *, with_keys: bool, site: Path | None) -> Manifest:
    """Copy the files of a gateway; return what was copied."""
    kept = []
    for source, name, kind in _sources(root, site):
        if kind is Kind.KEY and not with_keys:
            continue
        copied = into / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        try:
            mode = stat.S_IMODE(source.stat().st_mode)
            _copy(source, copied, kind)
        except FileNotFoundError:
            continue  # a segment that every reader had taken, a revision that gave way
        size = copied.stat().st_size
        kept.append(Kept(name=name, kind=kind.value, bytes=size, sha256=digest_of(copied), mode=mode))
    return _signed(root, into, tuple(kept), with_keys=with_keys)


def _sources(root: Path, site: Path | None) -> Iterator[tuple[Path, str, Kind]]:
    """Yield what is copied, its name in the backup, and how."""
    for name, kind in sorted_out(root):
        yield root / name, name, kind
    if site is None:
        return
    home = site.resolve().parent
    for path in named_by(site):
        yield path, f"{BESIDE}/{path.relative_to(home).as_posix()}", kind_of(path)


def _copy(source: Path, target: Path, kind: Kind) -> None:
    if kind is not Kind.DATABASE:
        shutil.copyfile(source, target)
        return
    uri = f"file:{source}?mode=ro"
    with (
        closing(sqlite3.connect(uri, uri=True, timeout=10.0)) as one,
        closing(sqlite3.connect(target)) as two,
    ):
        one.backup(two, pages=PAGES)
        two.execute("pragma journal_mode=delete").fetchall()


def _signed(root: Path, copied: Path, files: tuple[Kept, ...], *, with_keys: bool) -> Manifest:
    journal = CommandJournal(Folder(root=copied).commands, read_only=True)
    with closing(journal):
        plain = Manifest(
            version=aios.__version__,
            made_at_ns=time.time_ns(),
            with_keys=with_keys,
            files=files,
            newest=journal.newest,
            head=journal.head,
            findings=audit(journal),
        )
    key = Folder(root=root).key
    if not key.exists():
        return plain
    signer = Signer.at(key)
    named = msgspec.structs.replace(plain, public_key=signer.public_key)
    return msgspec.structs.replace(named, signature=signer.sign(named.message))


def _packed(folder: Path, manifest: Manifest, target: Path) -> None:
    """Write one file that only its owner can read."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            archive.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2))
            for one in manifest.files:
                archive.write(folder / one.name, one.name)
        file.flush()
        os.fsync(file.fileno())


def _proven(path: Path, beside: Path) -> None:
    """Read a backup as a restore would.

    Raises:
        NotWhole: it cannot be restored.
    """
    with tempfile.TemporaryDirectory(dir=beside, prefix=".proof-") as name, opened(path) as archive:
        manifest = unpacked(archive, Path(name))
    if not manifest.files:
        raise NotWhole(f"{path} holds no file")
