"""The sky over a scenario: its climate's model, or what was measured."""

from __future__ import annotations

from pathlib import Path

from simulators.durations import HOUR_NS
from simulators.scenario import Scenario, ScenarioInvalid
from simulators.weather.file import SeriesInvalid, read_series
from simulators.weather.measured import MeasuredWeather, Series, moment
from simulators.weather.model import Weather
from simulators.weather.sky import Skies
from simulators.world import WARM_UP_NS


def skies_of(scenario: Scenario) -> Skies:
    """Return the sky of a scenario.

    Its file of measured weather, where it names one, covers it and the hours before. What lies further back,
    in the history of its gateway, and after its end, in a field that lives on, the model gives.

    Raises:
        ScenarioInvalid: the file cannot be read or does not cover the scenario.
    """
    model = Weather(seed=scenario.seed, climate=scenario.climate, place=scenario.place)
    if not scenario.weather:
        return model
    try:
        series = read_series(Path(scenario.weather))
    except (OSError, SeriesInvalid) as wrong:
        raise ScenarioInvalid(f"weather: {wrong}") from wrong
    if why := uncovered(series, scenario.start_ns, scenario.end_ns):
        raise ScenarioInvalid(f"weather: {scenario.weather}: {why}")
    return MeasuredWeather(series=series, model=model, modelled_outside=True)


def uncovered(series: Series, start_ns: int, end_ns: int) -> str:
    """Say what a scenario asks of the weather and a file does not have; empty where it has all."""
    begin_ns = start_ns - WARM_UP_NS
    if series.begin_ns <= begin_ns and end_ns <= series.end_ns:
        return ""
    return (
        f"it has the weather from {moment(series.begin_ns)} to {moment(series.end_ns)}; the scenario wants it"
        f" from {moment(begin_ns)}, {WARM_UP_NS // HOUR_NS} h before its begin, to {moment(end_ns)}"
    )
