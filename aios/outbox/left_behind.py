"""Left behind: what the journal has published and the outbox never got, since a kill fell in between.

A tick is durable before its documents are handed to the outbox. Who starts after a kill finds in the journal
what history and brokers have not been told, and tells it now.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from drivers.historian.documents import Key, from_json, key_of, unpack
from drivers.historian.segment import open_segment, segment_path, segments_in
from kernel.journal.commands import CommandJournal
from kernel.ports import Published

KINDS: Final = ("alarm", "canary", "clock", "finding", "repair")
"""Kinds of entries that hold a document which history keeps."""
TAIL: Final = 2048
"""Entries from the end of the journal that are looked at: more than a gateway publishes in a second."""
SEGMENTS: Final = 2
"""Files of the outbox that are looked at, from the newest."""


def left_behind(journal: CommandJournal, outbox: Path) -> tuple[Published, ...]:
    """Return the documents of the journal's end that the outbox has not, in order.

    Args:
        journal: as the run before has left it, or gone on with: notes of a start are no ticks.
        outbox: its folder.
    """
    segments = [segment_path(outbox, number) for number in segments_in(outbox)[-SEGMENTS:]]
    newest_ns = max(map(_newest_ns, segments), default=0)
    after = max(0, journal.newest - TAIL)
    told = [
        from_json(entry.body)
        for entry in journal.of_kinds(KINDS, after=after, most=TAIL)
        if entry.tick >= 0 and entry.at_ns >= newest_ns
    ]
    there = set[Key]() if not told else {key for segment in segments for key in _keys(segment)}
    return tuple(document for document in told if key_of(document) not in there)


def _newest_ns(segment: Path) -> int:
    """Return the time of the newest row of a segment, nanoseconds since 1970 UTC; 0 where it has none."""
    try:
        with closing(open_segment(segment)) as connection:
            (newest_ns,) = connection.execute("SELECT max(last_ns) FROM appends").fetchone()
    except sqlite3.DatabaseError:  # damaged: its readers set it aside, and say so
        return 0
    return newest_ns or 0


def _keys(segment: Path) -> Iterator[Key]:
    try:
        with closing(open_segment(segment)) as connection:
            rows = connection.execute("SELECT documents FROM appends WHERE documents IS NOT NULL").fetchall()
    except sqlite3.DatabaseError:
        return
    for (body,) in rows:
        yield from map(key_of, unpack(body))
