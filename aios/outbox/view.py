"""The outbox as it stands: what each destination has not taken, and what it refused."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec

from aios.folder import Folder
from drivers.historian.backlog import Counter
from drivers.historian.cursor import Cursor, taken_of
from drivers.historian.quarantine import Held, Kept, Quarantine
from drivers.historian.retired import retired_in, retired_path
from drivers.historian.segment import bytes_of, segments_in


class NoOutbox(LookupError):
    """The folder has no outbox, or no destination of that name."""


class Destination(msgspec.Struct, frozen=True, kw_only=True):
    """One reader of the outbox: the history, or a broker."""

    name: str
    behind_rows: int
    behind_s: float
    """Time between the oldest row not taken and the newest, seconds."""
    is_draining: bool
    """It gets the newest first, and a backlog behind."""
    quarantine: Held


class Retired(msgspec.Struct, frozen=True, kw_only=True):
    """A destination that the site file no longer names, and what it had refused."""

    name: str
    quarantine: Held


class OutboxState(msgspec.Struct, frozen=True, kw_only=True):
    """All of it."""

    segments: int
    bytes: int
    damaged: tuple[str, ...]
    """Files that could not be read and were renamed."""
    destinations: tuple[Destination, ...]
    retired: tuple[Retired, ...] = ()
    """What they refused is offered again when they return."""


def destinations_in(root: Path) -> list[str]:
    """Return the names of those that read the outbox of a gateway's folder."""
    paths = sorted(Folder(root=root).outbox.glob("cursor-*.sqlite"))
    return [path.stem.removeprefix("cursor-") for path in paths]


def outbox_state(root: Path) -> OutboxState:
    """Look at the outbox of a gateway's folder; it may be written and read meanwhile.

    Raises:
        NoOutbox: there is none.
    """
    directory = Folder(root=root).outbox
    if not directory.is_dir():
        raise NoOutbox(f"no outbox in {root}; name the folder of a gateway with --folder")
    segments = segments_in(directory)
    return OutboxState(
        segments=len(segments),
        bytes=sum(bytes_of(directory, segment) for segment in segments),
        damaged=tuple(path.name for path in sorted(directory.glob("*.damaged"))),
        destinations=tuple(_destination(root, name) for name in destinations_in(root)),
        retired=tuple(_retired(directory, name) for name in retired_in(directory)),
    )


def _destination(root: Path, name: str) -> Destination:
    directory = Folder(root=root).outbox
    taken = taken_of(directory, name)
    behind = Counter(directory).behind(taken)
    with quarantine_of(root, name) as quarantine:
        held = quarantine.held()
    return Destination(
        name=name,
        behind_rows=behind.rows,
        behind_s=behind.seconds,
        is_draining=bool(taken.ahead),
        quarantine=held,
    )


def _retired(directory: Path, name: str) -> Retired:
    with _kept_of(directory, name) as quarantine:
        return Retired(name=name, quarantine=quarantine.held())


@contextmanager
def _kept_of(directory: Path, name: str) -> Iterator[Quarantine]:
    """Open what a retired reader had set aside."""
    path = retired_path(directory, name)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5.0)) as connection:
        yield Quarantine(connection)


@contextmanager
def quarantine_of(root: Path, name: str) -> Iterator[Quarantine]:
    """Open the quarantine of a destination; the historian may use it meanwhile.

    Raises:
        NoOutbox: there is no such destination.
    """
    directory, there = Folder(root=root).outbox, destinations_in(root)
    retired = retired_in(directory)
    if name in there:
        with closing(Cursor(directory, name)) as cursor:
            yield cursor.quarantine
    elif name in retired:
        with _kept_of(directory, name) as quarantine:
            yield quarantine
    else:
        known = ", ".join((*there, *retired)) or "none"
        raise NoOutbox(f"no destination {name} in {root}; there are: {known}")


def refused(root: Path) -> dict[str, tuple[Kept, ...]]:
    """Return what each destination refused, by its name; also those that have been retired."""
    found = {}
    for name in dict.fromkeys((*destinations_in(root), *retired_in(Folder(root=root).outbox))):
        with quarantine_of(root, name) as quarantine:
            found[name] = quarantine.entries()
    return found


def entry_of(text: str) -> tuple[str, int]:
    """Read the name of an entry.

    >>> entry_of("history/3")
    ('history', 3)

    Raises:
        ValueError: it is no such name.
    """
    name, _, number = text.partition("/")
    if not name or not number.isdigit():
        raise ValueError(f"{text!r} names no entry: say history/3, as `aios outbox quarantine` lists them")
    return name, int(number)
