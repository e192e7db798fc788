"""A family of alarms: those of one condition on all of a site's equipment, looked at together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

import numpy as np

from edge.alarms.definition import Definition
from kernel.alarm import Alarm
from kernel.finding import Finding
from kernel.forecast import Forecast
from kernel.image import ProcessImage
from kernel.pipe.intervals import Intervals
from kernel.point import Point
from kernel.quality import UNUSABLE
from kernel.site import Site

_UNUSABLE: Final = np.uint16(UNUSABLE)
WELL: Final = float("-inf")
"""How far beyond its limit a value is that a family says nothing of: well within."""
NONE_MADE: Final[Mapping[str, Forecast]] = MappingProxyType({})
Overs = Mapping[int, float | None]
"""By number of the alarm: how far the value is beyond its limit, in the unit of its deadband.

None where it cannot be judged.
"""


class Frame(NamedTuple):
    """An image as conditions read it: plain numbers by row of the site."""

    image: ProcessImage
    values: list[float]
    good: list[bool] | None
    """Whether control may use each value; None where it may use all of them."""
    forecasts: Mapping[str, Forecast] = NONE_MADE
    """Newest forecast of each point that has one."""
    intervals: Intervals | None = None
    """Means of the quarter-hours; None where nobody keeps them."""
    canary: Alarm | None = None
    """The canary alarm as it came back last; None before the first."""
    unasked: int = 0
    """Wishes that policy asks people about and that were refused because too many questions wait."""

    def holds(self, rows: Sequence[int]) -> bool:
        """Tell whether all of these values are good."""
        good = self.good
        return good is None or all(good[row] for row in rows)


def framed(
    image: ProcessImage,
    forecasts: Mapping[str, Forecast] = NONE_MADE,
    intervals: Intervals | None = None,
    *,
    canary: Alarm | None = None,
    unasked: int = 0,
) -> Frame:
    """Read an image, with what is foretold, the means of quarter-hours, the canary and what is not asked."""
    good: list[bool] | None = None
    if np.count_nonzero(image.quality) and (bad := image.quality & _UNUSABLE).any():
        good = (bad == 0).tolist()
    return Frame(image, image.value.tolist(), good, forecasts, intervals, canary, unasked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a family says of an alarm when it changes its state."""

    text: str
    """One sentence with figures."""
    evidence: tuple[Finding, ...]
    point: str = ""
    """The most likely point; empty where the evidence names none."""
    unjudged: str = "what is usual has to be learnt first"
    """Why it cannot be judged where all readings are good."""


class Family(Protocol):
    """Judges one condition wherever the site has what it needs."""

    period_s: float
    """It looks so often, control time; with every tick where that is longer."""

    @property
    def definitions(self) -> Sequence[Definition]:
        """Its alarms, by number."""
        ...

    def look(self, frame: Frame) -> Overs:
        """Return what is near its limit, beyond it, or cannot be judged; what is left out is well within.

        It is called for every image, in order, so that a condition may remember what it has seen.
        """
        ...

    def knows(self, number: int) -> bool:
        """Tell whether it has seen enough since the start to call well what it leaves out."""
        ...

    def words(self, number: int, frame: Frame) -> Words:
        """Say what an alarm rests on now."""
        ...


class SeenAtOnce:
    """What needs no past: a single image is enough to call well what the family leaves out."""

    def knows(self, number: int) -> bool:  # noqa: ARG002  # every alarm of the family is like that
        """Tell that what it leaves out is well."""
        return True


def middle(values: list[float]) -> float:
    """Return the median of at least one value.

    >>> middle([3.0, 1.0, 2.0]), middle([1.0, 2.0])
    (2.0, 1.5)
    """
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else 0.5 * (ordered[half - 1] + ordered[half])


def found(point: Point, row: int, frame: Frame, *, text: str = "", limit: float | None = None) -> Finding:
    """Return a row of the image as evidence, with its quality and time."""
    image = frame.image
    return Finding(
        asset=point.asset,
        name=point.quantity,
        text=text or point.name,
        value=frame.values[row],
        unit=point.unit,
        limit=limit,
        at_ns=image.at_ns.item(row),
        quality=image.quality.item(row),
    )


def all_found(site: Site, rows: Sequence[int], frame: Frame) -> tuple[Finding, ...]:
    """Return rows of the image as evidence."""
    return tuple(found(site.points[row], row, frame) for row in rows)
