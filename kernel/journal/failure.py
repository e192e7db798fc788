"""Why an entry did not become durable, and what may follow from it."""

from __future__ import annotations

import sqlite3
from typing import Final

LOST: Final = frozenset({"SQLITE_IOERR_FSYNC", "SQLITE_IOERR_DIR_FSYNC"})
"""After these nobody knows what is on the disk: the system may have dropped pages and call them clean."""


class JournalDown(Exception):
    """The journal could not make an entry durable; nothing but the safe set may be written now."""


class StandsAlready(JournalDown):
    """A command or an end state is in the journal already: each is entered once."""


class NotWritable(JournalDown):
    """What should be entered cannot be put into words: trying again does not help."""


class JournalLost(JournalDown):
    """The disk could not confirm a write: this journal takes no entry until it is opened again."""


def kind_of(error: Exception) -> type[JournalDown]:
    """Tell what an error of the database means for the journal.

    >>> kind_of(sqlite3.IntegrityError("UNIQUE")).__name__
    'StandsAlready'
    """
    if getattr(error, "sqlite_errorname", "") in LOST:
        return JournalLost
    if isinstance(error, sqlite3.IntegrityError):
        return StandsAlready
    return JournalDown if isinstance(error, sqlite3.Error) else NotWritable
