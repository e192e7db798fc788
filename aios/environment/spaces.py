"""Observations and actions of a site: which numbers they have, and in which bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aios.environment.extra import extra
from aios.simulation.state import State
from kernel.measurement import Values
from kernel.point import Operation, Point
from kernel.quality import good_mask
from kernel.site import Site

with extra():
    from gymnasium import spaces

OLDEST_S: Final = 86_400.0
"""Ages are told up to a day; what was never read is as old."""
_WIDEST: Final = 1e9
"""Bound of a point whose site declares none, in its unit: a gigawatt in kW."""

Observation = dict[str, NDArray[np.float64] | NDArray[np.int8]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Observed:
    """The points of an observation, in its order."""

    points: tuple[Point, ...]
    rows: NDArray[np.intp]
    low: Values
    high: Values

    @classmethod
    def of(cls, site: Site) -> Observed:
        """Return all points that a device or a loop of the site serves."""
        there = {device.name for device in site.devices} | {f"agent:{loop.agent}" for loop in site.loops}
        rows = [row for row, point in enumerate(site.points) if point.source in there]
        points = tuple(site.points[row] for row in rows)
        return cls(
            points=points,
            rows=np.array(rows, dtype=np.intp),
            low=np.array([_bounds(point)[0] for point in points]),
            high=np.array([_bounds(point)[1] for point in points]),
        )

    @property
    def space(self) -> spaces.Dict:
        """Values with their quality and age, one each for N points, and the time of the day."""
        count = len(self.points)
        return spaces.Dict(
            {
                "value": spaces.Box(self.low, self.high, dtype=np.float64),
                "good": spaces.MultiBinary(count),
                "age_s": spaces.Box(0.0, OLDEST_S, shape=(count,), dtype=np.float64),
                "hour": spaces.Box(0.0, 24.0, shape=(1,), dtype=np.float64),
            }
        )

    def observe(self, state: State) -> Observation:
        """Return what the gateway knows; of a value that is not good no number is shown, but 0."""
        image, time = state.image, state.time
        good = good_mask(image.quality[self.rows])
        value = np.where(good, image.value[self.rows], 0.0)
        age_s = (state.now_ns - image.at_ns[self.rows]) * 1e-9
        hour = time.hour + time.minute / 60.0 + time.second / 3600.0
        return {
            "value": np.clip(value, self.low, self.high),
            "good": good.astype(np.int8),
            "age_s": np.clip(age_s, 0.0, OLDEST_S),
            "hour": np.array([hour]),
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetPoints:
    """The set-points of an action, in its order: -1 is the lowest value of the envelope, 1 the highest."""

    points: tuple[str, ...]
    low: Values
    high: Values

    @classmethod
    def of(cls, site: Site, names: Sequence[str] | None = None) -> SetPoints:
        """Return the set-points of a site, or those that are named.

        Raises:
            ValueError: a name is no set-point of the site, or there is none at all.
        """
        found = {
            point.name: point.writing
            for point in site.writable
            if point.writing is not None
            and point.writing.operation is Operation.SETPOINT
            and point.name not in site.kernels_own
            and point.writing.low < point.writing.high
        }
        chosen = tuple(found) if names is None else tuple(names)
        unknown = [name for name in chosen if name not in found]
        if unknown or not chosen:
            raise ValueError(
                f"no set-points {', '.join(unknown) or 'at all'}; {site.name} has {', '.join(found)}"
            )
        return cls(
            points=chosen,
            low=np.array([found[name].low for name in chosen]),
            high=np.array([found[name].high for name in chosen]),
        )

    @property
    def space(self) -> spaces.Space[NDArray[np.float32]]:
        """One number from -1 to 1 for each set-point."""
        box: spaces.Space[Any] = spaces.Box(-1.0, 1.0, shape=(len(self.points),), dtype=np.float32)
        return box

    def values(self, action: NDArray[np.float32]) -> dict[str, float]:
        """Return what an action asks for, by point, in the unit of the point."""
        share = (np.clip(np.asarray(action, dtype=np.float64), -1.0, 1.0) + 1.0) / 2.0
        wanted = self.low + share * (self.high - self.low)
        return dict(zip(self.points, wanted.tolist(), strict=True))


def _bounds(point: Point) -> tuple[float, float]:
    """Return the lowest and highest value of a point; 0 stands among them, for a value that is not there."""
    if point.states:
        return min(0.0, *point.states), max(0.0, *point.states)
    if point.plausibility is not None:
        return min(0.0, point.plausibility.low), max(0.0, point.plausibility.high)
    if point.writing is not None and point.writing.low < point.writing.high:
        return min(0.0, point.writing.low), max(0.0, point.writing.high)
    return -_WIDEST, _WIDEST
