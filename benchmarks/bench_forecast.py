"""Day-ahead forecasts against seasonal naive ones, on a year of four feeders.

    python -m benchmarks.bench_forecast [--quick] [--json]

Rolling origins: one a day, at an hour that moves by seven a day so that all hours come. The
forecaster learns each quarter-hour once, in order, and forecasts at the origin: it has never seen
what it forecasts. The naive forecasts come from the same forecaster's history, by the wall clock.
The errors are scaled by the daily naive error of the warm-up. The forecaster knows the public
holidays, as an operator does, and the naive forecasts do not; a second run without them is reported
beside it. `--quick` stops after sixty origins and writes no results.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import write
from edge.forecasting.calendar import Calendar
from edge.forecasting.forecaster import Forecaster
from edge.forecasting.horizon import DAY, STEP_NS, WEEK
from edge.forecasting.metrics import coverage, mase, naive_scale, pinball
from simulators.profiles import Profiles, load_profiles

Floats = NDArray[np.float64]
Row = dict[str, Any]
Line = dict[str, float | str]

WARM_UP_DAYS = 61
"""Days learnt before the first origin."""
QUICK_ORIGINS = 60
COMMAND = "python -m benchmarks.bench_forecast"
GERMAN_HOLIDAYS = ((1, 1), (3, 25), (3, 28), (5, 1), (5, 5), (5, 16), (10, 3), (12, 25), (12, 26))
"""(month, day) of the holidays of all German states in 2016, the year of the profiles."""


@dataclass(slots=True)
class Run:
    """What one pass over the year gave: O origins, S series."""

    names: tuple[str, ...]
    forecasts: list[Floats] = field(default_factory=list)
    days: list[Floats] = field(default_factory=list)
    weeks: list[Floats] = field(default_factory=list)
    actuals: list[Floats] = field(default_factory=list)
    learn_s: float = 0.0
    learnt: int = 0
    forecast_s: float = 0.0
    compile_s: float = 0.0
    scales: Floats = field(default_factory=lambda: np.zeros(0))


def german_calendar(*, holidays: bool = True) -> Calendar:
    """Wall clock of Berlin, with or without holidays, for the year of the profiles."""
    zone = ZoneInfo("Europe/Berlin")
    hours = [datetime(2015, 12, 31, tzinfo=zone).timestamp() + 3600 * h for h in range(368 * 24)]
    offsets = [
        int((datetime.fromtimestamp(t, zone).utcoffset() or timedelta()).total_seconds()) for t in hours
    ]
    changes = [i for i in range(1, len(hours)) if offsets[i] != offsets[i - 1]]
    days = [(date(2016, month, day) - date(1970, 1, 1)).days for month, day in GERMAN_HOLIDAYS]
    return Calendar(
        changes_ns=np.array([int(hours[i]) * 1_000_000_000 for i in changes], dtype=np.int64),
        offset_s=(offsets[0], *(offsets[i] for i in changes)),
        holidays=frozenset(days if holidays else ()),
    )


def origins(step_count: int) -> Iterator[int]:
    """Row of each origin: one a day after the warm-up, its hour moving by seven."""
    for day in range(WARM_UP_DAYS, step_count // DAY):
        row = day * DAY + (day * 7) % 24 * 4
        if row + DAY < step_count:
            yield row


def roll(profiles: Profiles, calendar: Calendar, *, quick: bool) -> Run:
    """Learn the year quarter-hour by quarter-hour and forecast at every origin."""
    names, rated = profiles.names, profiles.rated_kw
    values = profiles.values * rated[:, None]
    chosen = list(origins(values.shape[1]))[: QUICK_ORIGINS if quick else None]
    forecaster = Forecaster.start(len(names), rated=rated, calendar=calendar)
    run = Run(names=names, scales=np.array([naive_scale(row[: WARM_UP_DAYS * DAY]) for row in values]))
    began = perf_counter()
    forecaster.warm_up()
    run.compile_s = perf_counter() - began
    wanted, valid = set(chosen), np.ones(len(names), dtype=np.bool_)
    for row in range(chosen[-1] + 1):
        began = perf_counter()
        forecaster.learn(values[:, row], valid, profiles.start_ns + row * STEP_NS)
        run.learn_s += perf_counter() - began
        if row in wanted:
            began = perf_counter()
            run.forecasts.append(forecaster.forecast())
            run.forecast_s += perf_counter() - began
            run.days.append(forecaster.naive(DAY))
            run.weeks.append(forecaster.naive(WEEK))
            run.actuals.append(values[:, row + 1 : row + 1 + DAY])
    run.learnt = chosen[-1] + 1
    return run


def score(run: Run) -> list[Line]:
    """One line per series: errors of the naive forecasts and ours, pinball loss, coverage."""
    made, actual = np.stack(run.forecasts), np.stack(run.actuals)
    days, weeks = np.stack(run.days), np.stack(run.weeks)
    lines: list[Line] = []
    for s, name in enumerate(run.names):
        scale = float(run.scales[s])
        line: Line = {
            "series": name,
            "day": mase(actual[:, s], days[:, s], scale),
            "week": mase(actual[:, s], weeks[:, s], scale),
            "ours": mase(actual[:, s], made[:, s, :, 1], scale),
            "first_step": mase(actual[:, s, 0], made[:, s, 0, 1], scale),
            "pinball": pinball(actual[:, s], made[:, s], scale),
            "coverage": coverage(actual[:, s], made[:, s]),
        }
        line["ratio"] = float(line["ours"]) / min(float(line["day"]), float(line["week"]))
        lines.append(line)
    return lines


def mean(lines: list[Line], column: str) -> float:
    """Mean over the feeders; the plant is shown, but not a feeder."""
    return float(np.mean([float(line[column]) for line in lines if line["series"] != "pv"]))


def to_best_naive(lines: list[Line]) -> float:
    """Mean error of ours over that of the better of the two naive forecasts."""
    return mean(lines, "ours") / min(mean(lines, "day"), mean(lines, "week"))


def rows(run: Run, lines: list[Line], *, blind: float, seconds: float, command: str) -> list[Row]:
    """The results as rows for `benchmarks/results`; `blind` is the ratio without holidays."""
    naive = min(mean(lines, "day"), mean(lines, "week"))
    ours, count = mean(lines, "ours"), len(run.forecasts)
    per_series = 1e6 / len(run.names)
    figures: list[tuple[str, float, str, float | None]] = [
        ("demo.forecast_mase_ratio_to_best_naive", to_best_naive(lines), "1", 1.0),
        ("forecast.mase_ratio_without_holidays", blind, "1", 1.0),
        ("forecast.mase", ours, "1", naive),
        ("forecast.mase_first_step", mean(lines, "first_step"), "1", None),
        ("forecast.pinball", mean(lines, "pinball"), "1", None),
        ("forecast.coverage_80", mean(lines, "coverage"), "1", 0.8),
        ("forecast.update", run.learn_s / run.learnt * per_series, "us", None),
        ("forecast.forecast", run.forecast_s / count * per_series, "us", None),
        *((f"forecast.mase_ratio.{line['series']}", float(line["ratio"]), "1", 1.0) for line in lines),
        *((f"forecast.coverage_80.{line['series']}", float(line["coverage"]), "1", 0.8) for line in lines),
    ]
    return [
        {
            "name": name,
            "value": value,
            "unit": unit,
            "baseline": baseline,
            "ratio": None if baseline is None else value / baseline,
            "count": run.learnt if name == "forecast.update" else count,
            "seconds": seconds,
            "seed": None,
            "command": command,
        }
        for name, value, unit, baseline in figures
    ]


def show(run: Run, lines: list[Line], results: list[Row]) -> None:
    """Print the table and the figures below it."""
    columns = ("day", "week", "ours", "ratio", "first_step", "pinball", "coverage")
    print(f"{'series':10s}" + "".join(f"{column:>11s}" for column in columns))
    for line in lines:
        print(f"{line['series']:10s}" + "".join(f"{float(line[column]):11.3f}" for column in columns))
    means = {column: mean(lines, column) for column in columns}
    means["ratio"] = to_best_naive(lines)
    print(f"{'mean':10s}" + "".join(f"{means[column]:11.3f}" for column in columns))
    print(f"{len(run.forecasts)} origins, {run.learnt} quarter-hours, ready in {run.compile_s:.1f} s")
    for row in results:
        if row["name"].startswith(("demo.", "forecast.mase_ratio_")) or row["unit"] == "us":
            print(f"{row['name']}: {row['value']:.3f} {row['unit']}")


def main(arguments: list[str] | None = None) -> list[Row]:
    """Run, print, write the rows of a whole year to `results/forecast.json`, and return them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="sixty origins instead of the whole year")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON instead of the table")
    chosen = parser.parse_args(arguments)
    began = perf_counter()
    run = roll(load_profiles(), german_calendar(), quick=chosen.quick)
    lines = score(run)
    unaware = roll(load_profiles(), german_calendar(holidays=False), quick=chosen.quick)
    command = f"{COMMAND} --quick" if chosen.quick else COMMAND
    blind = to_best_naive(score(unaware))
    results = rows(run, lines, blind=blind, seconds=perf_counter() - began, command=command)
    if chosen.json:
        json.dump(results, sys.stdout, indent=2)
        print()
    else:
        show(run, lines, results)
    if not chosen.quick:
        write("forecast", results)
    return results


if __name__ == "__main__":
    main()
