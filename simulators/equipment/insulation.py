"""Paper, gas and water of the transformers of a world: they age by the hot spot, and faults make gas in them.

What a gas monitor on a unit reads is shown, and what a laboratory wrote of its newest sample; what no
instrument reads (the degree of polymerisation) is truth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from kernel.point import NANOSECONDS
from simulators.durations import DAY_NS, HOUR_NS
from simulators.equipment import gases
from simulators.equipment.furans import Sample, sampled
from simulators.equipment.gases import GASES, FaultClass
from simulators.equipment.moisture import Wet, equilibrium_ppm, soluble_ppm, wet_after
from simulators.equipment.paper import Paper, rated_hours
from simulators.heat import ThermalReading
from simulators.networks.network import Network
from simulators.noise import normal, seed_of
from simulators.part import Part, Stretch
from simulators.physics.flows import Values

_UNEVEN: Final = 0.3
"""Standard deviation of a fault's rate from hour to hour, as a share of it."""
_DEGASSED: Final = 0.05
"""Share of the gas that a degassing leaves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GasFault:
    """Something in a transformer that makes gas; its own ground truth.

    Raises:
        ValueError: it ends before it begins, or makes less than no gas.
    """

    asset: str
    kind: FaultClass
    ppm_per_day: float
    """Combustible gas when fully grown; where metal is as hot as its load: at 300 degC."""
    begin_ns: int
    end_ns: int | None = None
    ramp_s: float = 0.0
    """Time to its full size, seconds."""
    above_oil_k: float = 250.0
    """Hot metal of a thermal fault above the top oil at rated current, K; as the square of the load."""
    metal_c: float | None = None
    """Temperature that the metal of a thermal fault keeps whatever the load, degC: then its rate is the one
    given. None where it goes with the load."""

    def __post_init__(self) -> None:
        if (self.end_ns is not None and self.end_ns <= self.begin_ns) or self.ppm_per_day < 0.0:
            raise ValueError(f"gas in {self.asset}: {self.ppm_per_day} ppm/day from {self.begin_ns}")

    def size(self, now_ns: int) -> float:
        """Return how far it has grown, 0 to 1."""
        if now_ns < self.begin_ns or (self.end_ns is not None and now_ns >= self.end_ns):
            return 0.0
        grown_s = (now_ns - self.begin_ns) / NANOSECONDS
        return 1.0 if self.ramp_s <= grown_s else grown_s / self.ramp_s


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitPlate:
    """What a unit is when the world begins."""

    paper: Paper = field(default_factory=Paper)
    water_percent: float = 1.5
    """Water in the paper, %, of its mass."""
    air: float = 0.0
    """0 sealed (rubber bag, nitrogen), 1 free-breathing."""
    ppm: tuple[float, ...] = (20.0, 15.0, 15.0, 10.0, 0.2, 300.0, 3000.0)
    """Gas in the oil in the order of `GASES`: a sound unit in its middle years."""


@dataclass(slots=True, kw_only=True)
class _Unit:
    plate: UnitPlate
    paper: Paper
    ppm: Values
    wet: Wet | None
    """None before the first stretch: a monitor that has just been switched on has measured nothing."""
    oil_c: float
    sample: Sample | None = None
    used_h: float = 0.0


class Insulation(Part):
    """The insulation of all transformers of a network."""

    def __init__(
        self,
        network: Network,
        *,
        seed: int,
        plates: Mapping[str, UnitPlate] | None = None,
        faults: Sequence[GasFault] = (),
    ) -> None:
        """Take the units as they are at the begin.

        Args:
            network: with the transformers.
            seed: of the unevenness of gassing.
            plates: by transformer, where a unit is not as usual.
            faults: that make gas.

        Raises:
            KeyError: a plate or a fault belongs to no transformer.
        """
        names = {unit.name: unit for unit in network.transformers}
        given = dict(plates or {})
        if unknown := sorted(({*given} | {fault.asset for fault in faults}) - set(names)):
            raise KeyError(f"no transformers {unknown}; there are {sorted(names)}")
        self._faults = tuple(faults)
        self._seed = seed
        self._rated_a = {name: unit.rated_a for name, unit in names.items()}
        self._units = {name: _unit(given.get(name, UnitPlate())) for name in names}
        self._now_ns = 0

    @property
    def paper(self) -> dict[str, Paper]:
        """Truth: the paper at the hot spot of each unit."""
        return {name: unit.paper for name, unit in self._units.items()}

    def ppm(self, asset: str) -> dict[str, float]:
        """Return the true gas in the oil of one unit, ppm by volume."""
        return dict(zip(GASES, self._units[asset].ppm.tolist(), strict=True))

    def mend(self, asset: str, now_ns: int) -> None:
        """Repair a unit: faults that stand are gone, its oil is degassed, the paper stays as old as it is."""
        if asset in self._units:
            self._units[asset].ppm = self._units[asset].ppm * _DEGASSED
            self._faults = tuple(
                replace(fault, end_ns=now_ns) if fault.asset == asset and fault.size(now_ns) else fault
                for fault in self._faults
            )

    def live(self, stretch: Stretch) -> None:
        """Age through a stretch by the temperatures at its begin; not while the grid has no solution."""
        if not stretch.flows.converged:
            return
        self._now_ns = stretch.until_ns
        hours = (stretch.until_ns - stretch.since_ns) / HOUR_NS
        for name, unit in self._units.items():
            heat = stretch.heat.get(name)
            if heat is None:
                continue
            current_a = stretch.flows.flow(name).to_a
            load = 0.0 if math.isnan(current_a) else current_a / self._rated_a[name]
            self._age(name, unit, heat, hours=hours, now_ns=stretch.middle_ns, load=load)

    def show(self) -> dict[str, dict[str, float]]:
        """Return what a gas monitor on each unit reads, and its newest laboratory result: ppm, %, degC, d."""
        shown = {}
        for name, unit in self._units.items():
            water = math.nan if unit.wet is None else unit.wet.oil_ppm
            shown[name] = dict(zip(GASES, unit.ppm.tolist(), strict=True)) | {
                "combustible_gas": float(unit.ppm[gases.COMBUSTIBLE].sum()),
                "moisture": water,
                "relative_moisture": 100.0 * water / soluble_ppm(unit.oil_c),
                "oil_temperature": unit.oil_c,
                "furfural": math.nan if unit.sample is None else unit.sample.furfural_ppm,
                "sample_age": math.nan
                if unit.sample is None
                else (self._now_ns - unit.sample.taken_ns) / DAY_NS,
            }
        return shown

    def counted(self) -> dict[str, float]:
        """Return the life that all units have used, as hours at 98 degC of dry paper of their kind."""
        return {"ageing_h": sum(unit.used_h for unit in self._units.values())}

    def _age(
        self, name: str, unit: _Unit, heat: ThermalReading, *, hours: float, now_ns: int, load: float
    ) -> None:
        air, oil_c = unit.plate.air, heat.top_oil_c
        wet = unit.wet or Wet(unit.plate.water_percent, equilibrium_ppm(unit.plate.water_percent, oil_c))
        before = unit.paper
        hot = {"hot_c": heat.hot_spot_c, "water_percent": wet.paper_percent, "air": air}
        unit.paper = before.after(hours, **hot)
        unit.used_h += rated_hours(before.kind, hours, **hot)
        made = gases.ageing_ppm(hours=hours, scissions=before.dp / unit.paper.dp - 1.0, oil_c=oil_c)
        for number, fault in enumerate(self._faults):
            if fault.asset == name:
                made = made + self._made(number, fault, now_ns, hours, oil_c=oil_c, load=load)
        unit.ppm = gases.left_after(unit.ppm, hours=hours, air=air) + made
        unit.wet, unit.oil_c = wet_after(wet, hours, oil_c=oil_c), oil_c
        unit.sample = sampled(unit.sample, asset=name, dp=unit.paper.dp, now_ns=self._now_ns, seed=self._seed)

    def _made(
        self, number: int, fault: GasFault, now_ns: int, hours: float, *, oil_c: float, load: float
    ) -> Values:
        """Gas of one fault, (7,) ppm; its rate wanders from hour to hour."""
        size = fault.size(now_ns)
        if size == 0.0:
            return np.zeros(len(GASES))
        seed = seed_of(self._seed, "gas", fault.asset, str(number))
        rate = fault.ppm_per_day * size * max(0.0, 1.0 + _UNEVEN * normal(seed, now_ns // HOUR_NS))
        hot_c = fault.metal_c
        if hot_c is None:
            hot_c = oil_c + fault.above_oil_k * load * load
            rate *= gases.speed(hot_c) if fault.kind is FaultClass.THERMAL else 1.0
        return gases.proportions(fault.kind, hot_c) * (rate * hours / 24.0)


def _unit(plate: UnitPlate) -> _Unit:
    return _Unit(plate=plate, paper=plate.paper, ppm=np.array(plate.ppm), wet=None, oil_c=math.nan)
