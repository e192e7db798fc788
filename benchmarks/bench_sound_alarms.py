"""Alarms that rest on statistics: how often do they cry by chance where every instrument is sound?

    python -m benchmarks.bench_sound_alarms [--quick] [--json]

Substation nord stands still on a winter morning, its instruments have the errors of sound ones
(`simulators/couplings/metering.py`), and the gateway's own families and delays watch. Scatter: a look in
two minutes. Gas: monitors of two transformers whose paper ages, hour by hour. The balance of a busbar is a
matter of what instruments a site has got: so sites are counted, not years. What the alarm on a missed
forecast cries is measured by `benchmarks.bench_foretold`. `--quick` is a hundredth, and writes no results.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from time import perf_counter
from typing import Any, Final, NamedTuple

from benchmarks.results import write
from edge.alarms.balance import BusbarBalance
from edge.alarms.family import Family, Frame, framed
from edge.alarms.gas import DissolvedGas
from edge.alarms.noise import Noise
from edge.alarms.watch import AlarmWatch
from kernel.point import NANOSECONDS
from simulators.couplings.metering import Instruments
from tests.fakes.nord_images import MEASURED, image, nord
from tests.fakes.oil_monitors import frame, watched_nord
from tests.fakes.oil_world import monitored

COMMAND: Final = "python -m benchmarks.bench_sound_alarms"
YEAR_S: Final = 365.25 * 86_400
NOISE_YEARS: Final = 6.0
GAS_YEARS: Final = 12
SITES: Final = 1_000
LOOK_S: Final = 120
SETTLED_S: Final = 1_200


class Cries(NamedTuple):
    """What a family cried."""

    alarms: int
    watched: float
    """Years of all that it watches together; for a balance, sites."""
    seconds: float


def sound(seed: int, seconds: float) -> Iterator[Frame]:
    """Yield what nord's instruments show of a morning that stands still, a look in two minutes."""
    instruments, row, still = Instruments(seed), nord().row, image()
    rows = {asset: [row[f"{asset}/{name}"] for name in shown] for asset, shown in MEASURED.items()}
    for look in range(1, round(seconds / LOOK_S)):
        now_ns = look * LOOK_S * NANOSECONDS
        value, at_ns = still.value.copy(), still.at_ns + now_ns
        for asset, shown in MEASURED.items():
            value[rows[asset]] = list(instruments.read(asset, shown, now_ns).values())
        yield framed(replace(still, now_ns=now_ns, value=value, at_ns=at_ns, available_at_ns=at_ns))


def occurred(family: Family, frames: Iterable[Frame]) -> int:
    """Return how many alarms a family raises."""
    watch = AlarmWatch((family,))
    heard = (alarm for one in frames for alarm in watch.look(one, one.image.now_ns))
    return sum(alarm.event == "occurs" for alarm in heard)


def noise(share: float) -> Cries:
    """Watch the scatter of sound instruments."""
    began, years = perf_counter(), share * NOISE_YEARS
    family = Noise(nord())
    alarms = occurred(family, sound(1, years * YEAR_S))
    return Cries(alarms, years * len(family.definitions), perf_counter() - began)


def gas(share: float) -> Cries:
    """Watch the gases of sound transformers, level and rate."""
    began, years, alarms, watched = perf_counter(), share * GAS_YEARS, 0, 0.0
    for seed in range(1, max(2, round(years) + 1)):
        family, span = DissolvedGas(watched_nord()), min(1.0, years)
        readings = monitored(span * YEAR_S / 86_400, seed=seed)
        alarms += occurred(family, (frame(*one) for one in readings))
        watched += span * len({one.asset for one in family.definitions})
    return Cries(alarms, watched, perf_counter() - began)


def balance(share: float) -> Cries:
    """Count sites whose sound instruments leave a balance open for longer than the alarm's delay."""
    began, sites = perf_counter(), round(share * SITES)
    alarms = sum(occurred(BusbarBalance(nord()), sound(seed, SETTLED_S)) > 0 for seed in range(sites))
    return Cries(alarms, float(sites), perf_counter() - began)


FAMILIES: Final[dict[str, tuple[Callable[[float], Cries], str]]] = {
    "noise": (noise, "alarms_an_instrument_year"),
    "gas": (gas, "alarms_a_unit_year"),
    "busbar_balance": (balance, "share_of_sites"),
}


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Run, print, write the rows to `results/sound_alarms.json`, and return them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a hundredth of it")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON instead of the table")
    chosen = parser.parse_args(arguments)
    rows: list[dict[str, Any]] = []
    for name, (watch, what) in FAMILIES.items():
        cries = watch(0.01 if chosen.quick else 1.0)
        rows.append(
            {
                "name": f"sound_alarms.{name}.{what}",
                "value": cries.alarms / cries.watched,
                "unit": "1",
                "count": round(cries.watched),
                "seconds": cries.seconds,
                "command": COMMAND,
            }
        )
        if not chosen.json:
            print(f"{rows[-1]['name']:50s} {rows[-1]['value']:8.4f}   {cries.alarms} in {cries.watched:.1f}")
    if chosen.json:
        print(json.dumps(rows, indent=2))
    elif not chosen.quick:
        write("sound_alarms", rows)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
