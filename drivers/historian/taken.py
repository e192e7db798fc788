"""What a reader has taken of an outbox: all up to a place, and spans that were taken ahead of their turn."""

from __future__ import annotations

from typing import Final

import msgspec

from drivers.historian.batch import START, Place

MOST_SPANS: Final = 64
"""Spans ahead of the backlog; one more outage while so many wait is drained in order with the newest."""


class Span(msgspec.Struct, frozen=True, array_like=True):
    """Appends after `after`, up to and with `upto`."""

    after: Place
    upto: Place


class Taken(msgspec.Struct, frozen=True):
    """Everything up to `place`, and the spans ahead of it, in order and disjoint.

    The live lane goes on behind the last span; the backlog lane goes on behind `place`, up to the first.

    >>> taken = Taken(Place(1, 5)).jumped(Place(1, 90)).live_to(Place(1, 95))
    >>> taken.live, taken.backlog_until
    (Place(segment=1, number=95), Place(segment=1, number=90))
    >>> taken.backlog_to(Place(1, 90))
    Taken(place=Place(segment=1, number=95), ahead=())
    """

    place: Place = START
    ahead: tuple[Span, ...] = ()

    @property
    def live(self) -> Place:
        """Where the live lane stands."""
        return self.ahead[-1].upto if self.ahead else self.place

    @property
    def backlog_until(self) -> Place | None:
        """The last place of the oldest part of the backlog; None where there is none."""
        return self.ahead[0].after if self.ahead else None

    @property
    def edges(self) -> tuple[Place, ...]:
        """Every place at which taken and not taken meet."""
        return (self.place, *(place for span in self.ahead for place in (span.after, span.upto)))

    @property
    def open(self) -> tuple[tuple[Place, Place | None], ...]:
        """What is not taken: from after the first place up to and with the second; None has no end."""
        begins = (self.place, *(span.upto for span in self.ahead))
        ends = (*(span.after for span in self.ahead), None)
        return tuple(zip(begins, ends, strict=True))

    def holds(self, place: Place) -> bool:
        """Tell whether the append at a place was taken."""
        return place <= self.place or any(span.after < place <= span.upto for span in self.ahead)

    def is_past(self, segment: int) -> bool:
        """Tell whether the whole of a closed segment was taken, and the lane that took it has moved on.

        >>> Taken(Place(3, 0)).is_past(2), Taken(Place(2, 9)).is_past(2)
        (True, False)
        """
        begin, end = Place(segment, 0), Place(segment + 1, 0)
        return self.place >= end or any(span.after <= begin and span.upto >= end for span in self.ahead)

    def jumped(self, place: Place) -> Taken:
        """Let the live lane go on behind a place; what it leaves out is backlog.

        Where too many spans wait already, nothing is left out: the live lane goes on in order.
        """
        if place <= self.live:
            return self
        kept = self.ahead[:-1] if self.ahead and self.ahead[-1].after == self.ahead[-1].upto else self.ahead
        if len(kept) >= MOST_SPANS:
            return self
        return Taken(self.place, (*kept, Span(place, place)))

    def live_to(self, place: Place) -> Taken:
        """Take what lies behind the live lane, up to a place.

        Raises:
            ValueError: the place is not ahead of the lane.
        """
        _check_ahead(place, self.live)
        if not self.ahead:
            return Taken(place)
        return Taken(self.place, (*self.ahead[:-1], Span(self.ahead[-1].after, place)))

    def backlog_to(self, place: Place) -> Taken:
        """Take the oldest of the backlog, up to a place; at its end the span behind it is joined on.

        Raises:
            ValueError: the place is not ahead of the lane, or beyond what this part of the backlog holds.
        """
        _check_ahead(place, self.place)
        until = self.backlog_until
        if until is None or place > until:
            raise ValueError(f"{place} is beyond the backlog, which ends at {until}")
        if place < until:
            return Taken(place, self.ahead)
        return Taken(self.ahead[0].upto, self.ahead[1:])


def _check_ahead(place: Place, lane: Place) -> None:
    if place <= lane:
        raise ValueError(f"{place} is not ahead of the cursor {lane}")
