"""A connection of the command journal that a copy of the process can turn away from its file."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kernel.journal.commands import CommandJournal
from kernel.journal.connection import Connection, Rows, connect, prepare


class Divertible:
    """Passes everything on to a database: to a file, then to memory."""

    def __init__(self, path: Path) -> None:
        """Open a file for writing."""
        self._db = self._file = connect(path)

    def go_on_in_memory(self) -> None:
        """Leave the file as it is, not even closed: it is another's. What stands in it is out of reach."""
        self._db = connect(Path(":memory:"))
        prepare(self._db, durable=False)

    @property
    def in_transaction(self) -> bool:
        """Tell whether a transaction is open."""
        return self._db.in_transaction

    def execute(self, sql: str, parameters: Any = (), /) -> Rows:
        """Run one statement."""
        return self._db.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        """Run one statement for many rows."""
        return self._db.executemany(sql, parameters)

    def executescript(self, sql: str, /) -> Any:
        """Run several statements."""
        return self._db.executescript(sql)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def open_divertible(path: Path) -> CommandJournal:
    """Open the journal of a run that is repeated from its seed: it need not survive a power cut."""
    return CommandJournal(path, durable=False, connect=Divertible)


def divert(connection: Connection) -> None:
    """Turn a journal away from its file.

    Raises:
        TypeError: it was not opened for that.
    """
    if not isinstance(connection, Divertible):
        raise TypeError("this journal cannot leave its file")
    connection.go_on_in_memory()
