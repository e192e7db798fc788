"""Where a desk reads a gateway's command journal: its folder, off the loop and in time."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final, Protocol

from kernel.journal.chain import Entry
from kernel.journal.commands import CommandJournal

PATIENCE_S: Final = 10.0
"""Real seconds that a reader waits for a page of the journal."""
AT_ONCE: Final = 2
"""Readers of the journal at a time; more wait, so that no desk takes the disk from a gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A page of the journal: the first entries behind a number."""

    after: int = 0
    """Number of the last entry before the page."""
    before: int = 0
    """Number of the first entry behind the page, which then has the newest first; it needs a subject."""
    most: int
    kind: str = ""
    """Only this kind; empty means every one."""
    subject: str = ""
    """Only about this command, asset, agent or run; empty means about any."""


@dataclass(frozen=True, slots=True)
class NothingRead:
    """There is no journal to read; `why` is said to the reader."""

    why: str


class Entries(Protocol):
    """Reads the command journal of a gateway."""

    async def page(self, wanted: Wanted) -> tuple[Entry, ...] | NothingRead:
        """Return the entries of a page, in order."""
        ...


class FolderEntries:
    """The journal of the gateway that lives in a folder; opened for each page, in a thread."""

    def __init__(self, journal: Path, *, patience_s: float = PATIENCE_S) -> None:
        """Read the journal in a file."""
        self._journal = journal
        self._patience_s = patience_s
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def page(self, wanted: Wanted) -> tuple[Entry, ...] | NothingRead:
        """Return the entries of a page, in order."""
        try:
            async with asyncio.timeout(self._patience_s), self._turns:
                return await asyncio.to_thread(self._read, wanted)
        except TimeoutError:
            return NothingRead(f"the journal gave no answer in {self._patience_s:g} s")

    def _read(self, wanted: Wanted) -> tuple[Entry, ...] | NothingRead:
        try:
            chain = CommandJournal(self._journal, read_only=True)
        except (OSError, sqlite3.Error):
            return NothingRead("this gateway has kept no journal yet")
        try:
            return tuple(islice(_among(chain, wanted), wanted.most))
        except sqlite3.Error as failure:
            return NothingRead(f"the journal cannot be read: {failure}")
        finally:
            chain.close()


def _among(chain: CommandJournal, wanted: Wanted) -> Iterator[Entry]:
    if wanted.kind and not wanted.subject:
        return chain.of_kinds((wanted.kind,), after=wanted.after, most=wanted.most)
    entries = chain.entries(subject=wanted.subject or None, after=wanted.after, before=wanted.before)
    return (entry for entry in entries if not wanted.kind or entry.kind == wanted.kind)


class NoJournal:
    """A desk that was given no journal."""

    async def page(self, wanted: Wanted) -> NothingRead:
        """Say that there is none."""
        del wanted
        return NothingRead("this control room was started without the folder of the gateway")
