"""Where the page's charts of the past come from: the site's history, asked off the loop and in time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from aios.history import open_history
from aios.history.span import NoRows
from drivers.historian.batch import Gap
from drivers.historian.reader import Outline
from drivers.historian.sink import HistoryDown

PATIENCE_S: Final = 10.0
"""Real seconds that a person waits for a chart."""
AT_ONCE: Final = 2
"""Questions to the archive at a time; more wait, so that the page never floods a database."""
INTERVALS: Final = 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A stretch of one series, with what was lost in it."""

    outline: Outline
    gaps: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class NothingRecalled:
    """There is no chart; `why` is said to the person."""

    why: str
    known: bool = True
    """False where the history knows no such point."""


class Recall(Protocol):
    """Asks the history of a site."""

    async def recall(self, point: str, last_s: float) -> Recalled | NothingRecalled:
        """Return the newest `last_s` seconds that are kept of a point."""
        ...


class FolderRecall:
    """The history of the gateway that lives in a folder; opened for each question, in a thread."""

    def __init__(self, folder: Path, *, patience_s: float = PATIENCE_S) -> None:
        """Ask the history of a folder."""
        self._folder = folder
        self._patience_s = patience_s
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def recall(self, point: str, last_s: float) -> Recalled | NothingRecalled:
        """Return the newest `last_s` seconds that are kept of a point."""
        try:
            async with asyncio.timeout(self._patience_s), self._turns:
                return await asyncio.to_thread(self._ask, point, last_s)
        except TimeoutError:
            return NothingRecalled(f"the history gave no answer in {self._patience_s:g} s")

    def _ask(self, point: str, last_s: float) -> Recalled | NothingRecalled:
        try:
            with open_history(self._folder) as history:
                found = history.outline(point, last_s=last_s, count=INTERVALS)
                return Recalled(outline=found, gaps=history.gaps(found.start_ns, found.end_ns))
        except NoRows:
            return NothingRecalled(f"nothing is kept of {point}", known=False)
        except FileNotFoundError:
            return NothingRecalled("this gateway has kept no history yet")
        except HistoryDown as down:
            return NothingRecalled(f"the history does not answer: {down}")


class NoRecall:
    """A control room that was given no history."""

    async def recall(self, point: str, last_s: float) -> Recalled | NothingRecalled:
        """Say that there is none."""
        del point, last_s
        return NothingRecalled("this control room was started without a history")
