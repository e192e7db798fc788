from __future__ import annotations

import math

import pytest

from edge.maintenance.coming_day import coming_day
from edge.maintenance.diagnosis import Witnesses, shape_vote
from edge.maintenance.history import History, Quarter
from edge.maintenance.naming import evidence
from kernel.forecast import Forecast
from kernel.point import NANOSECONDS

DAY_NS = 86_400 * NANOSECONDS
QUARTER_NS = 900 * NANOSECONDS


def filled(days: int, share_at, *, rise_k: float = 25.0) -> History:
    """Whole days of quarters whose residual is a share of the rise that may change from day to day."""
    history = History()
    for quarter in range(days * 96 + 1):
        at = DAY_NS + quarter * QUARTER_NS
        history = history.add(at, (0.5, 20.0, share_at(quarter // 96) * rise_k, rise_k, None))
    return history


def quarters(pairs: list[tuple[float, float]]) -> tuple[Quarter, ...]:
    return tuple(
        Quarter(k * QUARTER_NS, 0.5, 20.0, residual, rise, None) for k, (rise, residual) in enumerate(pairs)
    )


def test_a_day_is_kept_and_no_more():
    assert len(filled(3, lambda day: 0.1).quarters) == 96


def test_a_hole_stays_a_hole_in_the_mean():
    history = History().add(QUARTER_NS, (None, 20.0, None, 25.0, None)).add(2 * QUARTER_NS, (0.5,) * 5)
    assert history.quarters[0].load_pu is None
    assert history.quarters[0].ambient_c == 20.0


def test_growth_is_seen_over_days():
    assert filled(8, lambda day: 0.1 + 0.02 * day).growth_per_day(settled_ns=0) == pytest.approx(0.02)


def test_three_days_or_a_standing_fault_show_no_growth():
    assert filled(3, lambda day: 0.1 + 0.02 * day).growth_per_day(settled_ns=0) == 0.0
    assert filled(8, lambda day: 0.3 + 0.001 * (-1) ** day).growth_per_day(settled_ns=0) == 0.0


def test_a_residual_that_follows_the_rise_votes_for_the_cooler_and_one_that_stays_for_the_sensor():
    rises = [15.0 + k % 12 for k in range(32)]
    assert shape_vote(quarters([(rise, 0.4 * rise) for rise in rises]), oil_s=60.0) == 1
    drift = quarters([(rise, 9.0 + 0.1 * (k % 3)) for k, rise in enumerate(rises)])
    assert shape_vote(drift, oil_s=60.0) == -1


def test_a_residual_that_follows_a_load_step_an_oil_time_later_is_the_cooler_and_no_drift():
    rises = [10.0] * 48 + [30.0 - 20.0 * math.exp(-k / 5.0) for k in range(10)]
    late, pairs = 10.0, []
    for rise in rises:
        late += (rise - late) * -math.expm1(-900.0 / (1.4 * 4500.0))
        pairs.append((rise, 0.4 * late))
    assert shape_vote(quarters(pairs), oil_s=4500.0) == 1


def test_without_a_change_of_load_the_shape_says_nothing():
    assert shape_vote(quarters([(20.0, 8.0)] * 32), oil_s=4500.0) == 0


@pytest.mark.parametrize(
    ("residual", "votes", "share"),
    [
        (9.0, (1, 0, 0), 0.85),
        (9.0, (-1, 1, 0), 0.30),
        (9.0, (-1, 0, 1), 0.5),
        (9.0, (0, 0, 0), None),
        (-9.0, (1, 1, 1), 0.15),
        (2.0, (1, 1, 1), None),
    ],
)
def test_a_look_speaks_for_the_cooler_by_its_weighted_votes_and_is_silent_without_any(residual, votes, share):
    winding, shape, fans = votes
    said = evidence(residual, Witnesses(winding=winding, shape=shape, fans=fans), limit_k=3.0)
    assert (said is None) == (share is None)
    if said is not None:
        assert 1.0 / (1.0 + math.exp(-said)) == pytest.approx(share, abs=0.005)


def forecast(point: str, kw: float, *, start_ns: int, leads: int = 96) -> Forecast:
    return Forecast(
        point=point,
        made_at_ns=start_ns,
        start_ns=start_ns,
        step_s=900.0,
        quantiles=(0.1, 0.5, 0.9),
        values=((kw - 1, kw, kw + 1),) * leads,
        model="test",
    )


def expect(history: History, forecasts: dict[str, Forecast], now_ns: int, *, now_kw: float | None = None):
    return coming_day(
        now_ns,
        history,
        load_pu=0.7,
        ambient_c=12.0,
        kw_per_pu=20_000.0,
        feeders={"f1/active_power": None, "f2/active_power": now_kw},
        forecasts=forecasts,
    )


def test_the_coming_day_adds_the_feeders_forecasts():
    both = {f"f{k}/active_power": forecast(f"f{k}/active_power", 5000.0, start_ns=DAY_NS) for k in (1, 2)}
    day = expect(History(), both, DAY_NS)
    assert day.source == "forecast"
    assert day.load_pu == (0.5,) * 96


def test_a_feeder_that_nobody_forecasts_stays_as_it_is_measured():
    one = {"f1/active_power": forecast("f1/active_power", 5000.0, start_ns=DAY_NS)}
    day = expect(History(), one, DAY_NS, now_kw=1000.0)
    assert (day.source, day.load_pu[5]) == ("forecast", 0.3)


def test_with_one_forecast_missing_and_no_measurement_the_last_day_is_repeated():
    one = {"f1/active_power": forecast("f1/active_power", 5000.0, start_ns=2 * DAY_NS)}
    day = expect(filled(1, lambda day: 0.0), one, 2 * DAY_NS)
    assert day.source == "last day"
    assert day.load_pu == (0.5,) * 96
    assert day.ambient_c[0] == 20.0


def test_with_nothing_known_the_day_is_flat_and_says_so():
    day = expect(History(), {}, DAY_NS)
    assert (day.source, day.load_pu[0], day.ambient_c[0]) == ("flat", 0.7, 12.0)
