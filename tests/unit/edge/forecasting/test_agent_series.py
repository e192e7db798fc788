"""What a site names to be forecast: powers and air temperatures, each as long as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from edge.forecasting.agent import HOUR, Learning, LoadForecast, make
from edge.forecasting.horizon import DAY
from edge.learning.drift import Drift
from edge.magnitude import TEMPERATURE_K, magnitude_of, may_be_negative
from kernel.ladder import Level
from kernel.site import LoopSpec
from tests.fakes.nord_images import nord

AIR, F12 = "t1/ambient_temperature", "f12/active_power"
DAYS = 9
SPEC = LoopSpec(agent="forecast", kind="load_forecast", period_s=900.0, deadline_s=900.0)
NOW_NS = 1_480_633_200 * 10**9
"""A midnight of nord."""


@dataclass
class Days:
    """Nine days that look alike; a point that is `unknown` was never recorded."""

    unknown: str = ""
    now_ns: int = NOW_NS

    def means(
        self, points: Sequence[str], *, step_s: float, end_ns: int, count: int
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        day = np.sin(2.0 * np.pi * np.arange(count) / DAY)
        rows = [1.0 + day if point == AIR else 3_000.0 + 500.0 * day for point in points]
        known = [np.full(count, point != self.unknown) for point in points]
        return np.array(rows), np.array(known)


def agent(*points: str) -> LoadForecast:
    settings: dict[str, float | str | bool | list[str]] = {
        "points": list(points),
        "history_days": float(DAYS),
    }
    return make(msgspec.structs.replace(SPEC, settings=settings), nord())


def forecasts(one: LoadForecast, learning: Learning) -> dict[str, tuple[str, tuple[tuple[float, ...], ...]]]:
    made = one._forecasts(learning, Level.MODEL, made_at_ns=NOW_NS, start_ns=NOW_NS)
    return {forecast.point: (forecast.rung, forecast.values) for forecast in made}


def test_air_is_forecast_in_degrees_and_below_zero_where_it_may_be() -> None:
    one = agent(F12, AIR)
    made = forecasts(one, one.start(Days()))
    assert {rung for rung, _ in made.values()} == {"model"}
    air = np.array(made[AIR][1])
    wanted = 1.0 + np.sin(2.0 * np.pi * (np.arange(DAY) + 0.0) / DAY)
    np.testing.assert_allclose(air[:, 1], wanted, atol=0.3)
    assert air[:, 0].min() < 0.0, "it never was below zero, but may be"


def test_a_series_without_a_past_takes_nothing_from_one_that_has_one() -> None:
    both, alone = agent(F12, AIR), agent(F12)
    new, sound = both.start(Days(unknown=AIR)), alone.start(Days())
    made = forecasts(both, new)
    assert (made[F12][0], made[AIR][0]) == ("model", "baseline")
    assert made[F12] == forecasts(alone, sound)[F12]
    assert len(new.promised) == HOUR
    for (_, promised), (_, wanted) in zip(new.promised, sound.promised, strict=True):
        assert promised[0] == wanted[0]
        assert np.isnan(promised[1])


def test_a_loop_is_told_of_holidays() -> None:
    spec = msgspec.structs.replace(SPEC, settings={"points": [F12], "holidays": ["2016-12-25"]})
    calendar = make(spec, nord())._calendar
    christmas = (date(2016, 12, 25) - date(1970, 1, 1)).days
    assert calendar.holidays == {christmas}
    with pytest.raises(ValueError, match=r"loop forecast: .*holidays"):
        make(msgspec.structs.replace(SPEC, settings={"points": [F12], "holidays": ["Christmas"]}), nord())


@pytest.mark.parametrize(("point", "words"), [(AIR, "0.4 to 2.6 degC"), (F12, "0 to 3 kW")])
def test_a_drift_is_told_in_the_unit_of_its_point(point: str, words: str) -> None:
    drift = Drift(at_ns=NOW_NS, series=point, statistic=2.0, before=0.4, after=2.6)
    found = agent(F12, AIR)._finding(drift, NOW_NS)
    assert found.text.endswith(words)
    assert found.unit == words.rpartition(" ")[2]


def test_a_large_value_is_the_rating_of_a_power_and_a_fixed_one_of_a_temperature() -> None:
    assert magnitude_of(nord(), F12) == 7_000.0
    assert magnitude_of(nord(), AIR) == TEMPERATURE_K
    assert may_be_negative(nord(), AIR)
    assert not may_be_negative(nord(), F12)
