"""What forecasts the expected demand is made of, and what it says of itself."""

import pytest

from edge.demand_response.expected_demand import ExpectedDemand, NoForecast, expected_demand
from kernel.forecast import Forecast
from kernel.ladder import Level

HOUR_NS = 3_600_000_000_000
FEEDERS = ("f1/active_power", "f2/active_power")


def forecast(point, rung):
    return Forecast(
        point=point,
        made_at_ns=0,
        start_ns=0,
        step_s=3600.0,
        quantiles=(0.1, 0.5, 0.9),
        values=((90.0, 100.0, 120.0),) * 24,
        model="test",
        rung=rung,
    )


def demand_on(*rungs):
    forecasts = {point: forecast(point, rung) for point, rung in zip(FEEDERS, rungs, strict=True)}
    return expected_demand(
        forecasts,
        FEEDERS,
        now_ns=HOUR_NS // 2,
        max_age_s=7200.0,
        loss_share=0.0,
        correlation=0.5,
        naive_spread=0.1,
    )


@pytest.mark.parametrize("level", [Level.MODEL, Level.PREVIOUS_MODEL, Level.BASELINE])
def test_demand_is_expected_from_every_rung_that_forecasts_and_stands_on_the_lowest(level):
    expected = demand_on(Level.MODEL.word, level.word)
    assert isinstance(expected, ExpectedDemand)
    assert (expected.rung, expected.median_kw[0]) == (level.word, 200.0)


@pytest.mark.parametrize("level", [Level.RULE, Level.HOLD, Level.SAFE, Level.PERSON])
def test_no_demand_is_expected_from_a_rung_that_does_not_forecast(level):
    expected = demand_on(Level.MODEL.word, level.word)
    assert isinstance(expected, NoForecast)
    assert level.word in expected.why
