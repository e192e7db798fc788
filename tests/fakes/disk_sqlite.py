"""SQLite on a disk in memory: the connection that power cuts and I/O errors give to the command journal.

The journal's own code runs, statement for statement (`CommandJournal(path, connect=...)`). Two things differ
from the field: the SQLite library is apsw's, newer than the one Python links, and the file is locked for one
connection (`locking_mode=exclusive`), because a file system in Python has no shared memory for the index of
the write-ahead log. Neither changes what is written or synced when.
"""

# ruff: noqa: N802, FBT001 - the names are those of SQLite
from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import apsw

from tests.fakes.disk import Disk

Fault = Callable[[str, str], str]
"""From a call (`xWrite`, `xSync` ...) and a file to what goes wrong: nothing, or a key of WRONG."""
WRONG = {
    "eio": ("IOError", None),
    "enospc": ("FullError", apsw.SQLITE_FULL),
    "short write": ("FullError", apsw.SQLITE_FULL),
    "fsync": ("IOError", apsw.SQLITE_IOERR_FSYNC),
}
_EXTENDED = {
    "xRead": apsw.SQLITE_IOERR_READ,
    "xWrite": apsw.SQLITE_IOERR_WRITE,
    "xSync": apsw.SQLITE_IOERR_FSYNC,
    "xTruncate": apsw.SQLITE_IOERR_TRUNCATE,
    "xFileSize": apsw.SQLITE_IOERR_FSTAT,
    "xDelete": apsw.SQLITE_IOERR_DELETE,
}


def no_fault(call: str, file: str) -> str:
    """Let everything go well."""
    del call, file
    return ""


class DiskSystem(apsw.VFS):
    """The file system of one disk."""

    def __init__(self, name: str, disk: Disk, fault: Fault = no_fault) -> None:
        self.disk, self.fault, self.name = disk, fault, name
        super().__init__(name, base="")

    def excepthook(self, *_: object) -> bool:
        """SQLite has the error's code; apsw need not print it too."""
        return True

    def xFullPathname(self, name: str) -> str:
        return name

    def xAccess(self, name: str, flags: int) -> bool:
        del flags
        return name in self.disk.files

    def xDelete(self, name: str, syncdir: bool) -> None:
        del syncdir
        trouble(self.fault, "xDelete", name)
        self.disk.delete(name)

    def xOpen(self, name: Any, flags: list[int]) -> DiskFile:
        file = name if isinstance(name, str) else name.filename()
        if self.fault("xOpen", file):
            raise apsw.CantOpenError(file)
        self.disk.files.setdefault(file, bytearray())
        flags[1] = flags[0]
        return DiskFile(self, file)


def trouble(fault: Fault, call: str, file: str) -> str:
    """Raise what goes wrong with a call; return it where the call must do half of its work first."""
    wrong = fault(call, file)
    if wrong and wrong != "short write":
        _raise(wrong, call)
    return wrong


def _raise(wrong: str, call: str) -> None:
    name, extended = WRONG[wrong]
    error: Exception = getattr(apsw, name)(wrong)
    error.extendedresult = extended or _EXTENDED.get(call, apsw.SQLITE_IOERR)  # type: ignore[attr-defined]
    raise error


class DiskFile:
    """One open file."""

    def __init__(self, system: DiskSystem, name: str) -> None:
        self.disk, self.name, self.system = system.disk, name, system

    def excepthook(self, *_: object) -> bool:
        return True

    def xRead(self, amount: int, offset: int) -> bytes:
        trouble(self.system.fault, "xRead", self.name)
        return bytes(self.disk.files[self.name][offset : offset + amount])

    def xWrite(self, data: bytes, offset: int) -> None:
        if trouble(self.system.fault, "xWrite", self.name):
            self.disk.write(self.name, offset, bytes(data[: len(data) // 2]))
            _raise("short write", "xWrite")
        self.disk.write(self.name, offset, bytes(data))

    def xTruncate(self, size: int) -> None:
        trouble(self.system.fault, "xTruncate", self.name)
        self.disk.truncate(self.name, size)

    def xSync(self, flags: int) -> None:
        del flags
        try:
            trouble(self.system.fault, "xSync", self.name)
        except apsw.Error:
            self.disk.forget(self.name)
            raise
        self.disk.sync(self.name)

    def xFileSize(self) -> int:
        trouble(self.system.fault, "xFileSize", self.name)
        return len(self.disk.files[self.name])

    def xLock(self, level: int) -> None: ...

    def xUnlock(self, level: int) -> None: ...

    def xCheckReservedLock(self) -> bool:
        return False

    def xSectorSize(self) -> int:
        return 512

    def xDeviceCharacteristics(self) -> int:
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE

    def xFileControl(self, op: int, pointer: int) -> bool:
        del op, pointer
        return False

    def xClose(self) -> None: ...


class Answer:
    """Rows of an answer that was read to its end."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = iter(rows)

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class DiskConnection:
    """A connection whose errors are those of the standard library's `sqlite3`."""

    def __init__(self, path: Path, system: DiskSystem) -> None:
        with Translated():
            self._db = apsw.Connection(str(path), vfs=system.name)
            self._db.execute("pragma locking_mode=exclusive").fetchall()

    @property
    def in_transaction(self) -> bool:
        return self._db.in_transaction

    def execute(self, sql: str, parameters: Any = ()) -> Any:
        with Translated():
            return Answer(self._db.execute(sql, parameters or None).fetchall())

    def executemany(self, sql: str, parameters: Iterable[Any]) -> Any:
        with Translated():
            return self._db.executemany(sql, parameters)

    def executescript(self, sql: str) -> Any:
        return self.execute(sql)

    def close(self) -> None:
        with Translated():
            self._db.close()


class Translated:
    """Turns errors of apsw into those of `sqlite3`, with their names."""

    def __enter__(self) -> None:
        """SQLite keeps some errors to itself, as in the field; apsw would print them."""
        self._told, sys.unraisablehook = sys.unraisablehook, lambda _: None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        sys.unraisablehook = self._told
        if isinstance(error, apsw.Error):
            known = (
                sqlite3.IntegrityError
                if isinstance(error, apsw.ConstraintError)
                else sqlite3.OperationalError
            )
            other = known(str(error) or type(error).__name__)
            code = getattr(error, "extendedresult", 0)
            other.sqlite_errorname = apsw.mapping_extended_result_codes.get(code, "")  # type: ignore[assignment]
            raise other from error
