"""The year that the alarm on a missed forecast is measured on: four feeders, a plant, air of three seeds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.alarms.foretold import LOOP
from edge.forecasting.horizon import STEP_NS, STEP_S
from edge.magnitude import TEMPERATURE
from kernel.asset import Asset
from kernel.point import Point
from kernel.site import LoopSpec, Site
from simulators.profiles import load_profiles
from simulators.weather.model import Weather

Floats = NDArray[np.float64]
SEEDS: Final = (1, 7, 11)


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The site that is looked at, and what its meters show."""

    site: Site
    values: Floats
    """(P, T) means of quarter-hours, in the unit of the point."""
    start_ns: int

    @property
    def foretold(self) -> tuple[str, ...]:
        """Names of the points that are forecast; their values come first."""
        named = self.site.loops[0].settings["points"]
        return tuple(named) if isinstance(named, list) else ()

    @property
    def feeders(self) -> tuple[int, ...]:
        """Rows of those points that demand can be taken from."""
        kinds = (self.site.asset[point.asset].kind for point in self.site.points)
        return tuple(row for row, kind in enumerate(kinds) if kind == "feeder")


def year_of(*, most: int | None = None) -> Year:
    """Put the measured year and the weather of several seeds behind the points of one site.

    Args:
        most: quarter-hours of it; None for all.
    """
    profiles = load_profiles()
    count = profiles.values.shape[1] if most is None else most
    rated = zip(profiles.names, profiles.rated_kw.tolist(), strict=True)
    names = [(name, "feeder" if name != "pv" else "plant", kw) for name, kw in rated]
    middles = [profiles.start_ns + step * STEP_NS + STEP_NS // 2 for step in range(count)]
    air = [[Weather(seed=seed).ambient_c(at_ns) for at_ns in middles] for seed in SEEDS]
    powers = profiles.values[:, :count] * profiles.rated_kw[:, None]
    assets = [Asset(name=name, kind=kind, ratings={"power_kw": kw}) for name, kind, kw in names]
    points = [Point(name=f"{name}/active_power", unit="kW") for name, _, _ in names]
    assets += [Asset(name=f"air{seed}", kind="transformer") for seed in SEEDS]
    points += [Point(name=f"air{seed}/ambient_temperature", unit=TEMPERATURE) for seed in SEEDS]
    loop = LoopSpec(
        agent="forecast",
        kind=LOOP,
        period_s=float(STEP_S),
        deadline_s=float(STEP_S),
        settings={"points": [point.name for point in points]},
    )
    site = Site(
        name="year",
        title="Year",
        time_zone="Europe/Berlin",
        base_tick_s=float(STEP_S),
        assets=tuple(assets),
        points=tuple(points),
        devices=(),
        loops=(loop,),
        digest="",
    )
    return Year(site=site, values=np.vstack([powers, np.array(air)]), start_ns=profiles.start_ns)
