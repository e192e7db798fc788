"""Incidents of a gateway: pin a stretch by time or tick, list, export; beside a gateway that runs."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

import aios
from aios.folder import Folder
from aios.replay.again import header_of
from aios.site import site_of
from kernel.journal.commands import CommandJournal
from kernel.journal.incident import SUFFIX, incident_of, write
from kernel.journal.pins import AFTER, BEFORE, SCHEMA, Pin, pin, pins
from kernel.journal.policies_kept import policies_kept
from kernel.journal.recorder import Recording
from kernel.journal.signing import Signer

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SECOND_NS: Final = 1_000_000_000


class NotPinned(LookupError):
    """Nothing was pinned, or there is no such incident; the message says why."""


def nanoseconds(text: str) -> int:
    """Return a length of time such as 90s, 10m, 2h or 1d in nanoseconds.

    >>> nanoseconds("10m")
    600000000000

    Raises:
        NotPinned: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", text)
    if found is None:
        raise NotPinned(f"{text} is no length of time; write 90s, 10m, 2h or 1d")
    return round(float(found[1]) * _UNITS[found[2]] * _SECOND_NS)


def moment_ns(text: str, time_zone: str) -> int:
    """Return an ISO 8601 time in nanoseconds since 1970 UTC; without an offset it is the site's civil time.

    >>> moment_ns("1970-01-01T01:00", "Europe/Berlin")
    0

    Raises:
        NotPinned: it is none.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotPinned(f"{text} is no time; write 2026-11-22T14:30") from error
    zoned = at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(time_zone))
    return round(zoned.timestamp() * _SECOND_NS)


@contextmanager
def _database(root: Path) -> Iterator[sqlite3.Connection]:
    path = Folder(root=root).recorder
    if not path.exists():
        raise FileNotFoundError(f"no recording in {root}")
    db = sqlite3.connect(path, isolation_level=None)
    try:
        db.executescript(SCHEMA)
        yield db
    finally:
        db.close()


@contextmanager
def _recording(root: Path) -> Iterator[Recording]:
    recording = Recording(Folder(root=root).recorder)
    try:
        yield recording
    finally:
        recording.close()


def listed(root: Path) -> tuple[Pin, ...]:
    """Return every incident of a gateway, oldest first."""
    with _database(root) as db:
        return pins(db)


def pin_ticks(root: Path, first: int, last: int, *, title: str, reason: str, run: str = "") -> Pin:
    """Pin ticks of a run, the newest if none is named.

    Raises:
        NotPinned: none of them was recorded.
    """
    with _recording(root) as recording:
        header = header_of(recording, run)
        times = [r.now_ns for r in recording.ticks(header.run) if first <= r.tick <= last]
    if not times:
        raise NotPinned(f"run {header.run} has no recorded tick from {first} to {last}")
    wanted = Pin(
        id=0,
        run=header.run,
        first=first,
        last=last,
        automatic=False,
        title=title or f"ticks {first} to {last}",
        reason=reason,
        at_ns=times[0],
    )
    with _database(root) as db:
        number = pin(db, wanted)
        return next(one for one in pins(db) if one.id == number)


def pin_around(root: Path, tick: int, *, title: str, reason: str) -> Pin:
    """Pin the stretch around a tick of the newest run.

    Raises:
        NotPinned: it was not recorded.
    """
    return pin_ticks(root, max(0, tick - BEFORE), tick + AFTER, title=title, reason=reason)


def pin_times(root: Path, begin: str, end: str, last: str, *, title: str, reason: str) -> Pin:
    """Pin from one time to another, or the last so many minutes, of the newest run.

    Raises:
        NotPinned: nothing was recorded then, or a time is none.
    """
    with _recording(root) as recording:
        header = header_of(recording, "")
        zone = site_of(header.site, format=header.format).time_zone
        times = {record.tick: record.now_ns for record in recording.ticks(header.run)}
    if not times:
        raise NotPinned(f"nothing of run {header.run} is recorded yet")
    newest = max(times.values())
    from_ns = newest - nanoseconds(last) if last else moment_ns(begin, zone)
    until_ns = moment_ns(end, zone) if end and not last else newest
    found = [tick for tick, at_ns in times.items() if from_ns <= at_ns <= until_ns]
    if not found:
        raise NotPinned(f"nothing of run {header.run} was recorded between these times")
    return pin_ticks(root, min(found), max(found), title=title, reason=reason)


def export(root: Path, number: int, target: Path) -> Path:
    """Write an incident as one file, signed by the gateway; return the file.

    Raises:
        NotPinned: there is no such incident.
        LookupError: nothing of it is recorded yet.
    """
    folder = Folder(root=root)
    wanted = next((one for one in listed(root) if one.id == number), None)
    if wanted is None:
        raise NotPinned(f"there is no incident {number}; `aios incident list` shows them")
    path = target if target.suffix == SUFFIX else target.with_name(target.name + SUFFIX)
    journal = CommandJournal(folder.commands, read_only=True) if folder.commands.exists() else None
    try:
        with _recording(root) as recording:
            incident = incident_of(recording, journal, wanted, version=aios.__version__)
    finally:
        if journal is not None:
            journal.close()
    incident = msgspec.structs.replace(incident, policies=policies_kept(folder.recorder))
    write(incident, path, Signer.at(folder.key))
    return path
