"""A gateway whose disk does not confirm the write of one command, when a file in its folder says so.

That file is gone when the disk is about to fail. While a second one is there it takes its time: what happens
to the field meanwhile has happened when the gateway hears of it.
"""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from aios.cli import main
from kernel.journal import connection
from kernel.journal.commands import CommandJournal

SWITCH = "no_fsync"
STALL = "slow_fsync"
STALL_S = 0.8
"""Bound of a stall, real seconds: a gateway that waits for its journal longer calls it down, not lost."""


class Unconfirmed:
    """A connection whose next commit of a command fails as SQLite tells of a failed fsync."""

    def __init__(self, path: Path) -> None:
        self._db, self._switch = connection.connect(path), path.parent / SWITCH
        self._has_command = False

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        if sql.startswith("begin"):
            self._has_command = False
        if sql == "commit" and self._has_command and self._switch.exists():
            self._switch.unlink()
            self._stall()
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorname = "SQLITE_IOERR_FSYNC"
            raise error
        return self._db.execute(sql, parameters)

    def executemany(self, sql: str, parameters: Any, /) -> Any:
        self._has_command = self._has_command or sql.startswith("insert into commands")
        return self._db.executemany(sql, parameters)

    def _stall(self) -> None:
        until_s = time.monotonic() + STALL_S
        while self._switch.with_name(STALL).exists() and time.monotonic() < until_s:
            time.sleep(0.001)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._db, name)


if __name__ == "__main__":
    CommandJournal.__init__.__kwdefaults__["connect"] = Unconfirmed
    sys.exit(main())
