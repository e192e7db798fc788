"""Preconditions: what an approval rests on, so coarse that noise does not change it.

Pure. Of every reading that policy saw for a command, a question keeps: of a discrete point its code, exactly;
of an analog point with a plausible range its value, which may move by a tenth of that range; of all others
only that they were there. A value is compared with the one that was asked about, not with a grid, so nothing
flickers at an edge. A reading that is away for a while changes nothing; but nothing is operated without it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Final

import msgspec

from kernel.image import ProcessImage
from kernel.point import Kind, Point
from kernel.quality import is_good
from kernel.question import Precondition
from kernel.site import Site

SHARE: Final = 0.1
"""Share of its plausible range by which an analog value may move."""
_encoder = msgspec.json.Encoder(order="deterministic")


class Hold(Enum):
    """Whether a precondition still holds."""

    YES = "yes"
    UNSEEN = "unseen"
    """It cannot be read now."""
    NO = "no"


def preconditions(site: Site, image: ProcessImage, rows: Iterable[int]) -> tuple[Precondition, ...]:
    """Keep what is seen at these rows, in their order."""
    return tuple(_seen(site.points[row], image, row) for row in rows)


def _seen(point: Point, image: ProcessImage, row: int) -> Precondition:
    if not is_good(int(image.quality[row])):
        return Precondition(point=point.name, usable=False)
    value = float(image.value[row])
    if point.kind is Kind.CODE or point.states:
        return Precondition(point=point.name, usable=True, value=value)
    rules = point.plausibility
    if point.kind is not Kind.ANALOG or rules is None or not math.isfinite(rules.high - rules.low):
        return Precondition(point=point.name, usable=True)
    band = SHARE * (rules.high - rules.low)
    return Precondition(point=point.name, usable=True, value=value, band=band)


def hold(site: Site, image: ProcessImage, one: Precondition) -> Hold:
    """Compare a precondition with what is seen now."""
    if not one.usable:
        return Hold.YES
    row = site.row[one.point]
    if not is_good(int(image.quality[row])):
        return Hold.UNSEEN
    if one.value is None or abs(float(image.value[row]) - one.value) <= one.band:
        return Hold.YES
    return Hold.NO


def changed(site: Site, image: ProcessImage, kept: Sequence[Precondition]) -> str:
    """Say what has changed since it was asked, in words; empty where nothing has."""
    for one in kept:
        if hold(site, image, one) is Hold.NO:
            point, now = site.point(one.point), float(image.value[site.row[one.point]])
            return (
                f"{one.point} was {_words(point, one.value)} when it was asked, is {_words(point, now)} now"
            )
    return ""


def unseen(site: Site, image: ProcessImage, kept: Sequence[Precondition]) -> tuple[str, ...]:
    """Name what an approval rests on and cannot be read now."""
    return tuple(one.point for one in kept if hold(site, image, one) is Hold.UNSEEN)


def _words(point: Point, value: float | None) -> str:
    assert value is not None  # noqa: S101 - only values that were kept are compared
    return point.states.get(int(value), f"{value:g} {point.unit}")


def digest(*parts: object) -> str:
    """Return 16 hexadecimal digits for what an approval binds.

    >>> digest("cb/close", 1.0, 1.0, ())
    '070f5f9d3c378987'
    """
    return hashlib.blake2b(_encoder.encode(parts), digest_size=8).hexdigest()
