"""One SQLite file holds accounts, sign-ins, tokens and failed attempts; only its owner may read it."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from aios.access.barred import TABLE as BARRED
from aios.access.lockout import TABLE as PLACES
from aios.access.trail import TABLE as TRAIL

_LATER: Final = {2: TRAIL, 3: BARRED, 4: PLACES}
"""What each version has brought: the trail, who of a provider is locked, from where people sign in."""
VERSION: Final = max(_LATER)
BUSY_S: Final = 2.0
"""Real seconds to wait for another process, such as `aios account`, to finish its write."""
_TABLES: Final = """
CREATE TABLE account (
  name TEXT PRIMARY KEY, password TEXT NOT NULL, roles TEXT NOT NULL, sites TEXT NOT NULL,
  locked TEXT NOT NULL DEFAULT '', made_ns INTEGER NOT NULL, password_ns INTEGER NOT NULL
) STRICT;
CREATE TABLE sign_in (
  digest TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, person TEXT NOT NULL, provider TEXT NOT NULL,
  roles TEXT NOT NULL, sites TEXT NOT NULL, opened_ns INTEGER NOT NULL, seen_ns INTEGER NOT NULL
) STRICT;
CREATE INDEX sign_in_person ON sign_in (person, opened_ns);
CREATE TABLE token (
  digest TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, person TEXT NOT NULL, label TEXT NOT NULL,
  roles TEXT NOT NULL, sites TEXT NOT NULL, made_ns INTEGER NOT NULL, expires_ns INTEGER NOT NULL,
  revoked_ns INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE attempt (
  subject TEXT PRIMARY KEY, failures INTEGER NOT NULL, last_ns INTEGER NOT NULL
) STRICT;
"""


class WrongVersion(ValueError):
    """The file was written by another version of this program."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open the file, or make it with its tables; only its owner may read it.

    Raises:
        OSError: the file cannot be made.
        sqlite3.DatabaseError: it is no database.
        WrongVersion: a newer version has written it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made with its mode before SQLite opens it: SQLite gives the files beside it the same one.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    database = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        _make_tables(database, path)
    except BaseException:  # whatever ends this call: nobody else would close the file
        database.close()
        raise
    return database


def _make_tables(database: sqlite3.Connection, path: Path) -> None:
    database.execute("BEGIN IMMEDIATE")
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found == 0:
        for statement in _TABLES.split(";"):
            database.execute(statement)
    for statement in (brought for version, brought in _LATER.items() if found < version):
        database.execute(statement)
    if found < VERSION:
        database.execute(f"PRAGMA user_version = {VERSION}")
    database.execute("COMMIT")
    if found > VERSION:
        raise WrongVersion(f"{path} is of version {found}; this program knows {VERSION}: use a newer one")
