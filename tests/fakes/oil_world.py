"""The oil of nord's transformers as the world has it, read by its gas monitors hour by hour."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import numpy as np

from simulators.couplings.metering import Instruments
from simulators.durations import DAY_NS, HOUR_NS
from simulators.equipment.gases import FaultClass
from simulators.equipment.insulation import GasFault, Insulation, UnitPlate
from simulators.heat import ThermalReading
from simulators.networks.file import shipped
from simulators.part import Stretch
from simulators.physics.flows import Flows, Injections
from simulators.physics.power_grid import PowerGrid
from simulators.weather.model import Weather

NETWORK = shipped("nord")
BEGIN_S = 1_480_000_000 // 86_400 * 86_400
_BEGIN_NS = BEGIN_S * 1_000_000_000


@cache
def _flows() -> Flows:
    loads, plants = len(NETWORK.loads), len(NETWORK.plants)
    return PowerGrid(NETWORK).solve(
        Injections(
            load_kw=np.full(loads, 6000.0),
            load_kvar=np.zeros(loads),
            plant_kw=np.zeros(plants),
            plant_kvar=np.zeros(plants),
        )
    )


def monitored(
    days: float,
    *,
    plates: Mapping[str, UnitPlate] | None = None,
    faults: Sequence[GasFault] = (),
    seed: int = 1,
    oil_c: float = 52.0,
) -> Iterator[tuple[float, dict[str, dict[str, float]]]]:
    """Yield every hour, in seconds since 1970: what the monitors of both units show, warm by day."""
    insulation = Insulation(NETWORK, seed=seed, plates=plates, faults=faults)
    instruments, flows, sky = Instruments(seed), _flows(), Weather(seed=seed).at(0)
    for hour in range(round(24 * days)):
        since = _BEGIN_NS + hour * HOUR_NS
        oil = oil_c + 6.0 * math.sin(2.0 * math.pi * (since % DAY_NS) / DAY_NS)
        reading = ThermalReading(
            top_oil_c=oil, winding_c=oil + 12.0, hot_spot_c=oil + 15.0, fan_current_a=0.0, cooling_on=False
        )
        stretch = Stretch(
            since_ns=since,
            until_ns=since + HOUR_NS,
            flows=flows,
            sky=sky,
            heat={unit.name: reading for unit in NETWORK.transformers},
        )
        insulation.live(stretch)
        shown = insulation.show()
        now_ns = since + HOUR_NS
        yield (
            now_ns / 1e9,
            {name: instruments.read(name, quantities, now_ns) for name, quantities in shown.items()},
        )


def gas_fault(
    kind: str, *, ppm_per_day: float, after_days: float = 0.0, above_oil_k: float = 250.0
) -> GasFault:
    """Something in t1 that makes gas from a day of the run on."""
    begin_ns = _BEGIN_NS + round(after_days * DAY_NS)
    return GasFault(
        asset="t1",
        kind=FaultClass(kind),
        ppm_per_day=ppm_per_day,
        begin_ns=begin_ns,
        above_oil_k=above_oil_k,
    )
