"""The alarm on a missed forecast: how often it is raised when all is well, and what it finds how soon.

    python -m benchmarks.bench_foretold [--quick] [--json]

The shipped year of four feeders and a photovoltaic plant, and three years of air temperature of the weather
model, are learnt quarter-hour by quarter-hour, as a gateway does that is told of public holidays, and as one
that is not. Forecasts, means and the watch over the alarms are the gateway's own; what it raises is counted
for each week of each point.

Then demand is taken away or added, by shares, from a minute of the year on (seven hours and eleven minutes
apart, so that all hours and days come): of the feeders' next quarter-hours, which the promises of an hour ago
know nothing of. It is found where the alarm occurs within an hour. Last, faults that end are laid into the
year (`foretold_ends.py`), and alarms are counted that cry at their end. `--quick` stops after eight weeks and
writes no results.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.bench_forecast import GERMAN_HOLIDAYS
from benchmarks.foretold_ends import ENDS, cries, with_faults
from benchmarks.foretold_year import Year, year_of
from benchmarks.results import write
from edge.alarms.definition import defined
from edge.alarms.family import Frame
from edge.alarms.foretold import CONDITION, Foretold
from edge.alarms.machine import Standing, look
from edge.alarms.promises import LEADS, Promise
from edge.alarms.watch import AlarmWatch
from edge.forecasting.agent import MODEL
from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import QUANTILES, STEP_NS, STEP_S, WEEK
from edge.forecasting.time_zone import calendar_of
from edge.magnitude import magnitude_of, may_be_negative
from kernel.alarm import Alarm
from kernel.forecast import Forecast
from kernel.image import ProcessImage
from kernel.pipe.intervals import Intervals

Floats = NDArray[np.float64]
Figure = tuple[str, float, str, int]
"""Name, value, unit, and of how many."""
COMMAND: Final = "python -m benchmarks.bench_foretold"
WARM_UP: Final = 4 * WEEK
"""Quarter-hours learnt before alarms are counted."""
QUICK: Final = 8 * WEEK
SHARES: Final = (-0.33, -0.2, 0.2, 0.5)
APART_S: Final = 7 * 3600 + 11 * 60
"""Between two onsets."""
HOUR_S: Final = 3600
OCCURS: Final = "occurs"
HOLIDAYS: Final = tuple(date(2016, month, day) for month, day in GERMAN_HOLIDAYS)
"""Of the year of the profiles."""


@dataclass(slots=True, kw_only=True)
class Found:
    """What a year gave."""

    raised: list[Alarm] = field(default_factory=list)
    promises: dict[tuple[int, int], Promise] = field(default_factory=dict)
    """By row and column of the values."""


def live(year: Year, holidays: Sequence[date] = ()) -> Found:
    """Learn, forecast and watch, quarter-hour by quarter-hour; the gateway is told of `holidays`."""
    found, names = Found(), list(year.foretold)
    forecaster = Forecaster.start(
        len(names),
        rated=np.array([magnitude_of(year.site, name) for name in names]),
        signed=np.array([may_be_negative(year.site, name) for name in names]),
        calendar=calendar_of(year.site.time_zone, holidays),
    )
    watch, valid = AlarmWatch((Foretold(year.site),)), np.ones(len(names), dtype=np.bool_)
    for step in range(year.values.shape[1]):
        begin_ns = year.start_ns + step * STEP_NS
        forecaster.learn(year.values[: len(names), step], valid, begin_ns)
        if step < WARM_UP:
            continue
        made = forecaster.forecast()
        end_ns = begin_ns + STEP_NS
        forecasts = {name: _document(name, rows, end_ns) for name, rows in zip(names, made, strict=True)}
        for row, (low, middle, high) in enumerate(made[:, LEADS - 1].tolist()):
            found.promises[row, step + LEADS] = Promise(end_ns, low, middle, high, MODEL)
        found.raised += watch.look(_frame(year, step, end_ns, forecasts), end_ns)
    return found


def _document(name: str, rows: Floats, end_ns: int) -> Forecast:
    return Forecast(
        point=name,
        made_at_ns=end_ns,
        start_ns=end_ns,
        step_s=float(STEP_S),
        quantiles=tuple(QUANTILES.tolist()),
        values=tuple(tuple(row) for row in rows.tolist()),
        model=MODEL,
    )


def _frame(year: Year, step: int, end_ns: int, forecasts: Mapping[str, Forecast]) -> Frame:
    """What a gateway has as a quarter-hour closes."""
    values = year.values[:, step]
    times = np.full(len(values), end_ns, dtype=np.int64)
    image = ProcessImage(
        tick=step,
        now_ns=end_ns,
        value=values,
        quality=np.zeros(len(values), dtype=np.uint16),
        at_ns=times,
        available_at_ns=times,
    )
    nothing = np.zeros(len(values))
    closed = Intervals(now_ns=end_ns, weighted=nothing, good_s=nothing, last=values, last_end_ns=end_ns)
    return Frame(image, values.tolist(), None, forecasts, closed)


def delay_s(family: Foretold, year: Year, found: Found, row: int, onset_s: int, share: float) -> float:
    """Return how long after its onset a change of demand is told, s; infinite where not within five looks.

    Args:
        family: judges.
        year: without the change.
        found: its promises.
        row: of the point.
        onset_s: seconds since the begin of the year.
        share: of the demand that is added from then on.
    """
    timing, standing = defined(CONDITION, "").timing, Standing()
    first, into_s = divmod(onset_s, STEP_S)
    for step in range(first, first + LEADS + 1):
        promise = found.promises.get((row, step))
        if promise is None or step >= year.values.shape[1]:
            break
        reached = 1.0 - into_s / STEP_S if step == first else 1.0
        mean = float(year.values[row, step]) * (1.0 + share * reached)
        end_s = (step + 1) * STEP_S
        standing = look(timing, standing, end_s * 10**9, family.over(row, mean, promise))
        if standing.active:
            return float(end_s - onset_s)
    return float("inf")


def delays(year: Year, found: Found, share: float) -> Floats:
    """Return the delays of a change at every onset of every feeder."""
    family, last_s = Foretold(year.site), (year.values.shape[1] - 2 * LEADS) * STEP_S
    onsets = range((WARM_UP + 2 * LEADS) * STEP_S, last_s, APART_S)
    return np.array(
        [delay_s(family, year, found, row, onset, share) for row in year.feeders for onset in onsets]
    )


def rate(year: Year, found: Found, points: Sequence[str]) -> float:
    """Return alarms for each week of each point."""
    weeks: float = (year.values.shape[1] - WARM_UP) / WEEK * len(points)
    return len([one for one in found.raised if one.event == OCCURS and one.point in points]) / weeks


def at_ends(year: Year) -> list[Figure]:
    """Return the share of faults of each kind at whose end the alarm cries."""
    figures: list[Figure] = []
    for end in ENDS:
        struck, faults = with_faults(year, end, first=WARM_UP + WEEK)
        cried = cries(live(struck, HOLIDAYS).raised, struck, faults, end)
        figures.append((f"foretold.alarms_at_the_end.{end.name}", cried / len(faults), "1", len(faults)))
    return figures


def rows(
    year: Year, found: Found, untold: Found, seconds: float, ends: Sequence[Figure] = ()
) -> list[dict[str, Any]]:
    """Return the figures as rows of results; `untold` is the year of a gateway that knows no holidays."""
    names = [point.name for point in year.site.points]
    feeders = [names[row] for row in year.feeders]
    groups = {"feeders": feeders, "air": [name for name in names if name.startswith("air")]}
    groups |= {name.partition("/")[0]: [name] for name in [*feeders, "pv/active_power"]}
    weeks = round((year.values.shape[1] - WARM_UP) / WEEK)
    figures: list[Figure] = [
        (f"foretold.alarms_a_point_week.{group}", rate(year, found, points), "1", weeks * len(points))
        for group, points in groups.items()
    ]
    unknown = rate(year, untold, feeders)
    figures.append(("foretold.alarms_a_point_week.feeders_untold", unknown, "1", weeks * len(feeders)))
    for share in SHARES:
        took, what = delays(year, found, share), f"{100 * share:+.0f}_percent"
        told = took[np.isfinite(took)]
        figures.append((f"foretold.found_in_an_hour.{what}", float((took <= HOUR_S).mean()), "1", len(took)))
        if len(told):
            figures.append((f"foretold.median_delay.{what}", float(np.median(told)), "s", len(told)))
    figures += ends
    return [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "count": count,
            "seconds": seconds,
            "command": COMMAND,
        }
        for name, value, unit, count in figures
    ]


def main(arguments: list[str] | None = None) -> list[dict[str, Any]]:
    """Run, print, write the rows of a whole year to `results/foretold.json`, and return them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="eight weeks instead of the whole year")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON instead of the table")
    chosen = parser.parse_args(arguments)
    began = perf_counter()
    year = year_of(most=QUICK if chosen.quick else None)
    found, untold = live(year, HOLIDAYS), live(year)
    ends = at_ends(year)
    results = rows(year, found, untold, perf_counter() - began, ends)
    if chosen.json:
        print(json.dumps(results, indent=2))
    else:
        for row in results:
            print(f"{row['name']:45s} {row['value']:9.3f} {row['unit']:2s} of {row['count']}")
    if not chosen.quick:
        write("foretold", results)
    return results


if __name__ == "__main__":
    main(sys.argv[1:])
