"""The state of a simulation between two steps: what the gateway knows, and apart from it the truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from zoneinfo import ZoneInfo

import msgspec

from aios.simulation.true_state import TrueState
from kernel.image import ProcessImage
from kernel.point import NANOSECONDS
from kernel.quality import describe, is_good
from kernel.request import Requested
from kernel.site import Site


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A value as the gateway has it: never without unit, quality and age.

    >>> seen = Seen(point="grid/active_power", value=12345.6, unit="kW", quality=0, age_s=0.0, at_ns=0)
    >>> print(seen, seen.usable)
    12345.6 kW, good, 0 s old 12345.6
    """

    point: str
    value: float
    """In `unit`; the last that was known where the quality is not good, 0.0 where nothing ever was."""
    unit: str
    quality: int
    """Bits of IEC 61850-7-3, see `aios.quality`; 0 is good."""
    age_s: float
    """Seconds since the moment that the value is about."""
    at_ns: int
    """That moment, nanoseconds since 1970 UTC; 0 where the point was never read."""

    @property
    def good(self) -> bool:
        """Whether control may use it."""
        return is_good(self.quality)

    @property
    def usable(self) -> float | None:
        """The value where its quality is good, else None."""
        return self.value if self.good else None

    @property
    def words(self) -> str:
        """The quality in words."""
        return describe(self.quality)

    def __str__(self) -> str:
        """Say it in one line."""
        if not self.at_ns and not self.good:
            return f"no value, {self.words}"
        return f"{self.value:.6g} {self.unit}, {self.words}, {self.age_s:.0f} s old"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class State(Mapping[str, Seen]):
    """One moment of a simulation; `state["bat1/active_power"]` is what the gateway knows of that point."""

    site: Site
    image: ProcessImage
    """All points as arrays, for those who want many."""
    step: int
    """Steps since the begin."""
    truth: TrueState
    """The world as it is, which no gateway knows."""
    rungs: Mapping[str, str]
    """Rung of the degradation ladder on which each loop stands."""
    answers: tuple[Requested, ...] = field(default=())
    """What became of commands in the last step."""

    @property
    def now_ns(self) -> int:
        """The moment, nanoseconds since 1970 UTC."""
        return self.truth.now_ns

    @property
    def time(self) -> datetime:
        """The moment, in the time zone of the site."""
        return datetime.fromtimestamp(self.now_ns / NANOSECONDS, ZoneInfo(self.site.time_zone))

    def __getitem__(self, point: str) -> Seen:
        """Return what the gateway knows of a point.

        Raises:
            KeyError: the site has no such point; the message names similar ones.
        """
        row = self.site.row.get(point)
        if row is None:
            near = get_close_matches(point, self.site.row, n=3, cutoff=0.4)
            raise KeyError(f"{self.site.name} has no point {point}; there are {', '.join(near)} ...")
        reading = self.image.reading(row)
        return Seen(
            point=point,
            value=reading.value,
            unit=self.site.points[row].unit,
            quality=reading.quality,
            age_s=(self.now_ns - reading.at_ns) / NANOSECONDS,
            at_ns=reading.at_ns,
        )

    def __iter__(self) -> Iterator[str]:
        """Yield the names of all points, in the order of the site."""
        return iter(self.site.row)

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.site.points)

    def __repr__(self) -> str:
        """Say when it is, and how much of it is good."""
        good = sum(seen.good for seen in self.values())
        return f"<{self.site.name} at {self.time:%Y-%m-%d %H:%M:%S}: {good} of {len(self)} points good>"
