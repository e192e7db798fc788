"""Batches: what a reader takes from the outbox at a time, in the order in which it was appended."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from drivers.historian.documents import key_of
from kernel.measurement import Block
from kernel.point import Point
from kernel.ports import Published


class Column(msgspec.Struct, frozen=True, array_like=True):
    """Name and unit of a point: what a row's index means, whatever the site file says today."""

    name: str
    unit: str


def columns_of(points: Iterable[Point]) -> tuple[Column, ...]:
    """Return name and unit of each point, in table order.

    >>> columns_of([Point(name="f11/current", unit="A")])
    (Column(name='f11/current', unit='A'),)
    """
    return tuple(Column(point.name, point.unit) for point in points)


def column_of(point: str, columns: Iterable[Column]) -> Column:
    """Return the column of a point.

    Raises:
        KeyError: the site has no such point.
    """
    for column in columns:
        if column.name == point:
            return column
    raise KeyError(f"the site has no point {point}")


class Place(msgspec.Struct, frozen=True, order=True, array_like=True):
    """A place in the outbox; later appends have greater places."""

    segment: int
    number: int
    """Number of the append inside its segment, from 1; 0 is before the first."""


class Gap(msgspec.Struct, frozen=True, array_like=True):
    """Rows that are lost: dropped by the quota, or never written: the disk refused them or was too slow."""

    rows: int
    first_ns: int
    """Time of the oldest lost row, nanoseconds since 1970 UTC."""
    last_ns: int
    """Time of the newest lost row, nanoseconds since 1970 UTC."""

    def and_(self, other: Gap | None) -> Gap:
        """Return both gaps as one.

        >>> Gap(2, 10, 20).and_(Gap(3, 5, 12))
        Gap(rows=5, first_ns=5, last_ns=20)
        """
        if other is None:
            return self
        first, last = min(self.first_ns, other.first_ns), max(self.last_ns, other.last_ns)
        return Gap(self.rows + other.rows, first, last)


def gap_of(blocks: Sequence[Block], before: Gap | None = None) -> Gap | None:
    """Return the rows of some blocks as a gap, with one that was there before; None where nothing is lost."""
    filled = [block for block in blocks if len(block)]
    if not filled:
        return before
    first = min(int(block.at_ns.min()) for block in filled)
    last = max(int(block.at_ns.max()) for block in filled)
    return Gap(sum(map(len, filled)), first, last).and_(before)


START: Final = Place(0, 0)
"""Before the first append of any outbox."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """One or more consecutive appends of the outbox."""

    place: Place
    """Place of its last append."""
    after: Place = START
    """Place of the append before its first: the batch holds what lies between."""
    columns: tuple[Column, ...]
    """What the index of a row means."""
    blocks: tuple[Block, ...]
    documents: tuple[Published, ...]
    gaps: tuple[Gap, ...] = ()
    """What is missing before or among these rows."""
    historical: bool = False
    """True where newer rows were offered before these: the backlog of an outage."""
    superseded: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By kind and id: when the newest document was made that this reader's sink has got already."""

    @property
    def rows(self) -> int:
        """Number of rows in all blocks."""
        return sum(map(len, self.blocks))

    def is_current(self, document: Published) -> bool:
        """Tell whether no newer document of the same kind and id went before this one.

        A sink that keeps only the newest of each, such as retained messages, leaves out the others.
        """
        key = key_of(document)
        return key.made_at_ns >= self.superseded.get((key.kind, key.id), key.made_at_ns)


def batch_of(
    columns: tuple[Column, ...],
    blocks: Sequence[Block] = (),
    documents: Sequence[Published] = (),
    gaps: Sequence[Gap] = (),
) -> Batch:
    """Make a batch that has not been through an outbox."""
    return Batch(
        place=START, columns=columns, blocks=tuple(blocks), documents=tuple(documents), gaps=tuple(gaps)
    )
