"""Told: which answers to remote commands the broker has, and which are next.

The place stands in a small file beside the gateway's journal. It is moved after the broker has acknowledged;
where the file is lost it begins again at the first entry, and every answer comes again under its event id.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from drivers.mqtt.command_answers import KINDS, Answers, CommandAnswer, message_of
from drivers.mqtt.message import OutgoingMessage
from kernel.journal.chain import Entry
from kernel.journal.commands import CommandJournal
from kernel.request import Requested

_log: Final = structlog.get_logger(__name__)
BATCH: Final = 500
"""Entries that are read at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What some entries say, as messages."""

    messages: tuple[OutgoingMessage, ...]
    seq: int
    """Number of the last of the entries."""
    is_full: bool
    """Whether there may be more."""


class Told:
    """Reads the journal of a gateway beside it, for one publisher."""

    def __init__(self, site: str, journal: Path, place: Path) -> None:
        """Go on where a file says.

        Args:
            site: name of the site.
            journal: the command journal.
            place: file that keeps the number of the last entry that was told.
        """
        self._site, self._journal, self._place = site, journal, place
        self._is_unreadable = False
        self._begin(_read(place))

    def _begin(self, told: int) -> None:
        self._told, self._heard = told, 0
        self._answers, self._next = Answers(), None

    _told: int
    """Number of the last entry whose answer the broker has."""
    _heard: int
    """Number of the last entry that was read: commands on the way are followed from the beginning."""
    _next: News | None

    def news(self) -> News:
        """Return what comes next; the same until `move` is called. It blocks."""
        if self._next is None:
            try:
                self._next = self._look()
            except sqlite3.Error as error:
                self._unreadable(error)
                return News(messages=(), seq=self._told, is_full=False)
            self._is_unreadable = False
        return self._next

    def _unreadable(self, error: sqlite3.Error) -> None:
        """Say once that the journal cannot be read; history goes on, and the next look may succeed."""
        if not self._is_unreadable:
            _log.warning("commands.journal_unreadable", why=str(error))
        self._is_unreadable = True

    def move(self, news: News) -> None:
        """Remember that everything up to and with some news is told. It blocks."""
        self._next = None
        self._told = max(self._told, news.seq)
        if news.messages:
            _write(self._place, self._told)

    def again(self, key: str) -> tuple[OutgoingMessage, ...]:
        """Return all answers about a request, as far as the journal has them. It blocks."""
        try:
            return self._about(key)
        except sqlite3.Error as error:
            self._unreadable(error)
            return ()

    def _about(self, key: str) -> tuple[OutgoingMessage, ...]:
        with _reading(self._journal) as journal:
            if journal is None:
                return ()
            entries = list(journal.entries(subject=key))
            requests = [
                msgspec.json.decode(one.body, type=Requested) for one in entries if one.kind == "request"
            ]
            for command in sorted({request.command for request in requests} - {""}):
                entries += journal.entries(subject=command)
        return self._said(Answers(), sorted(entries, key=lambda entry: entry.seq))

    def _look(self) -> News:
        with _reading(self._journal) as journal:
            if journal is None:
                return News(messages=(), seq=self._told, is_full=False)
            last = journal.newest
            if last < max(self._heard, self._told):
                self._begin(0)  # it is another journal
            entries = list(journal.of_kinds(KINDS, after=self._heard, most=BATCH))
        is_full = len(entries) == BATCH
        self._heard = entries[-1].seq if is_full else last
        known = [entry for entry in entries if entry.seq <= self._told]
        self._said(self._answers, known)
        fresh = entries[len(known) :]
        return News(messages=self._said(self._answers, fresh), seq=self._heard, is_full=is_full)

    def _said(self, answers: Answers, entries: list[Entry]) -> tuple[OutgoingMessage, ...]:
        about = (entry for entry in entries if entry.kind in KINDS)
        return tuple(
            message_of(self._site, *said, at_ns=entry.at_ns)
            for entry in about
            for said in _heard(answers, entry)
        )


def _heard(answers: Answers, entry: Entry) -> tuple[tuple[str, CommandAnswer], ...]:
    """Let an entry be heard; one of another version, that nobody here can read, says nothing."""
    try:
        return answers.hear(entry)
    except msgspec.ValidationError as error:
        _log.warning("commands.entry_unreadable", seq=entry.seq, why=str(error))
        return ()


@contextmanager
def _reading(path: Path) -> Iterator[CommandJournal | None]:
    """Open a journal for a moment; None where there is none yet, or it is just being made."""
    try:
        journal = CommandJournal(path, read_only=True)
    except sqlite3.OperationalError:
        yield None
        return
    try:
        yield journal
    finally:
        journal.close()


def _read(place: Path) -> int:
    try:
        return int(place.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _write(place: Path, seq: int) -> None:
    fresh = place.with_name(place.name + ".new")
    fresh.write_text(f"{seq}\n", encoding="ascii")
    fresh.replace(place)
