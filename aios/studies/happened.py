"""What happened in a run, whoever watched it: its faults as they were, its weather, what people asked for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aios.studies.result import Happening
from simulators.durations import DAY_NS
from simulators.faults.fault import Fault
from simulators.scenario import Scenario
from simulators.weather.file import read_series
from simulators.weather.measured import moment


def faults_of(faults: Iterable[Fault]) -> tuple[Happening, ...]:
    """Return the ground truth of the faults of a world, as repairs have left them."""
    return tuple(
        Happening(
            at_ns=fault.onset_ns,
            until_ns=fault.end_ns,
            kind="fault",
            subject=fault.target,
            words=f"{fault.kind.value} {fault.amount:g}",
        )
        for fault in faults
    )


def weather_of(scenario: Scenario) -> tuple[Happening, ...]:
    """Return what of the weather was measured, and what of it a rule put in; nothing where all is modelled.

    Raises:
        OSError, SeriesInvalid: the file of the scenario cannot be read.
    """
    if not scenario.weather:
        return ()
    series = read_series(Path(scenario.weather))
    words = f"measured {', '.join(series.values)}: {series.origin}"
    if series.bridged:
        words += f"; {series.bridged} values that are missing there lie on a straight line"
    if series.begin_ns > scenario.start_ns - scenario.history_days * DAY_NS and scenario.history_days:
        words += f"; the history is modelled before {moment(series.begin_ns)}"
    return (Happening(at_ns=scenario.start_ns, kind="weather", subject="weather", words=words),)


def requests_of(scenario: Scenario, *, answer: str = "") -> tuple[Happening, ...]:
    """Return what people ask for in a scenario, and behind every reason the answer where there is one."""
    behind = f"; {answer}" if answer else ""
    return tuple(
        Happening(
            at_ns=one.at_ns, kind="request", subject=one.point, words=f"{one.person}: {one.reason}{behind}"
        )
        for one in scenario.requests
    )


def in_time(happenings: Iterable[Happening]) -> tuple[Happening, ...]:
    """Return what happened in order of time."""
    return tuple(sorted(happenings, key=lambda one: (one.at_ns, one.subject)))
