"""An order keeps its name through a load that rises and falls, and changes it when the cause does."""

from __future__ import annotations

import math

import msgspec
import numpy as np
import pytest

from edge.maintenance.diagnosis import Cause, Witnesses, fans_vote, shape_vote, winding_vote
from edge.maintenance.history import History
from edge.maintenance.naming import KEPT_S, RENAME_S, Naming, evidence, name, quiet, weigh
from kernel.point import NANOSECONDS

QUARTER_NS = 900 * NANOSECONDS
DAY = 96
OIL_S = 75 * 60.0
LIMIT_K = 3.0
COOLER, SENSOR = Witnesses(winding=1, shape=0, fans=0), Witnesses(winding=-1, shape=0, fans=0)
SILENT = Witnesses(winding=0, shape=0, fans=0)


class Order:
    """An open order that looks once in a quarter of an hour, and counts its names."""

    def __init__(self) -> None:
        self.now_ns = 100 * DAY * QUARTER_NS
        self.naming = Naming()
        self.names = [Cause.NONE]

    def look(self, votes: Witnesses, residual_k: float = 6.0) -> None:
        self.now_ns += QUARTER_NS
        since = msgspec.structs.replace(self.naming, since_ns=self.naming.since_ns or self.now_ns)
        self.naming = weigh(since, evidence(residual_k, votes, limit_k=LIMIT_K), now_ns=self.now_ns)
        named = name(self.names[-1], self.naming)
        if named is not self.names[-1]:
            self.names.append(named)


def of_a_month(factor_at, drift_at) -> tuple[list[Cause], int]:
    """Watch a noisy transformer for a month; return the order's names, and the changes of a last look's.

    Its rise is a factor times the model's, its oil slower by that factor, its sensor too high by a drift.
    """
    rng, order, history = np.random.default_rng(5), Order(), History()
    model = oil = 8.0
    last, flips = 0, 0
    for quarter in range(30 * DAY):
        factor, drift_k = factor_at(quarter / DAY), drift_at(quarter / DAY)
        load = (
            0.45 + 0.3 * math.exp(-(((quarter % DAY / 4.0 - 18.0) / 3.0) ** 2)) - 0.2 * (quarter % DAY < 24)
        )
        ultimate = 52.0 * ((1.0 + 6.0 * load**2) / 7.0) ** 0.8
        model += (ultimate - model) * -math.expm1(-900.0 / OIL_S)
        oil += (factor * ultimate - oil) * -math.expm1(-900.0 / (factor * OIL_S))
        residual_k, gradient_k = oil + drift_k - model + 0.4 * rng.standard_normal(), 26.0 * load**1.3
        over_gradient_k = 0.12 * gradient_k - drift_k + 0.5 * rng.standard_normal()
        history = history.add(order.now_ns, (load, 10.0, residual_k, model, None))
        if residual_k < LIMIT_K and not order.naming.since_ns:
            order.now_ns += QUARTER_NS
            continue
        votes = Witnesses(
            winding=winding_vote(residual_k, over_gradient_k, gradient_k=gradient_k),
            shape=shape_vote(history.quarters, oil_s=OIL_S, since_ns=order.naming.since_ns),
            fans=0,
        )
        order.look(votes, residual_k)
        sign = 2 * votes.winding + votes.shape
        flips += bool(sign and last and (sign > 0) != (last > 0))
        last = sign or last
    return order.names[1:], flips


def test_a_cooler_that_clogs_for_three_weeks_is_named_once_or_after_one_doubt():
    names, _ = of_a_month(lambda day: 1.0 + 0.7 * min(1.0, max(0.0, (day - 3.0) / 21.0)), lambda day: 0.0)
    assert names[-1] is Cause.COOLING_FAULT
    assert Cause.SENSOR_DRIFT not in names
    assert len(names) <= 3


def test_a_sensor_that_drifts_for_three_weeks_is_named_and_never_taken_for_the_cooler():
    names, _ = of_a_month(lambda day: 1.0, lambda day: 9.0 * min(1.0, max(0.0, (day - 3.0) / 21.0)))
    assert names[-1] is Cause.SENSOR_DRIFT
    assert Cause.COOLING_FAULT not in names
    assert len(names) <= 3


@pytest.mark.parametrize("wrong_h", [3, 8, 10])
def test_witnesses_that_are_wrong_for_hours_of_every_day_do_not_rename_an_order(wrong_h: int):
    order = Order()
    for quarter in range(30 * DAY):
        order.look(SENSOR if quarter % DAY >= DAY - 4 * wrong_h else COOLER)
    assert order.names[1:] == [Cause.COOLING_FAULT]


@pytest.mark.parametrize(("before", "after"), [(COOLER, SENSOR), (SENSOR, COOLER)])
def test_a_true_change_of_cause_is_followed_within_a_day_and_not_within_hours(before, after):
    order = Order()
    for _ in range(10 * DAY):
        order.look(before)
    for _ in range(round(RENAME_S / 900.0)):
        order.look(after)
    assert len(order.names) == 2
    for _ in range(DAY - round(RENAME_S / 900.0)):
        order.look(after)
    assert len(order.names) == 3


def test_an_order_that_opens_takes_its_name_at_the_first_look():
    order = Order()
    order.look(COOLER)
    assert order.names[-1] is Cause.COOLING_FAULT
    assert order.naming.cooling_share == pytest.approx(0.85)


def test_an_order_that_could_not_tell_is_named_an_hour_after_a_witness_can():
    order = Order()
    for _ in range(8):
        order.look(SILENT)
    assert order.names[-1] is Cause.UNCLEAR
    for _ in range(4):
        order.look(SENSOR)
    assert order.names[-1] is Cause.UNCLEAR
    order.look(SENSOR)
    assert order.names[-1] is Cause.SENSOR_DRIFT


def test_looks_that_tell_nothing_and_a_gap_change_neither_name_nor_share():
    order = Order()
    order.look(COOLER)
    for _ in range(3 * DAY):
        order.look(SILENT)
        order.look(SENSOR, residual_k=1.0)
    assert order.naming.cooling_share == pytest.approx(0.85)
    order.look(SENSOR)
    order.now_ns += 3 * DAY * QUARTER_NS
    order.look(SILENT)
    assert order.names[1:] == [Cause.COOLING_FAULT]


def test_the_first_look_after_a_gap_weighs_no_more_than_any_other():
    steady, gapped = Order(), Order()
    for order in (steady, gapped):
        for _ in range(DAY):
            order.look(COOLER)
    gapped.now_ns += 3 * DAY * QUARTER_NS
    for order in (steady, gapped):
        order.look(SENSOR)
    assert gapped.naming.log_odds == steady.naming.log_odds


def test_fans_that_stood_still_are_remembered_while_they_are_off_and_forgotten_when_they_run():
    still = fans_vote(fans_on=True, fan_current_a=0.1, expected_a=6.0)
    off = fans_vote(fans_on=False, fan_current_a=0.0, expected_a=6.0, before=still)
    assert (still, off) == (1, 1)
    assert fans_vote(fans_on=True, fan_current_a=5.8, expected_a=6.0, before=off) == 0


def test_an_order_that_opens_again_the_next_night_has_the_name_of_the_night_before():
    said = Naming(
        since_ns=1, at_ns=1, heard_s=3600.0, log_odds=1.7, leading=Cause.COOLING_FAULT, led_s=3600.0
    )
    evening = round(0.9 * KEPT_S * 1e9)
    assert name(Cause.NONE, quiet(said, fans=0, now_ns=evening)) is Cause.COOLING_FAULT
    assert quiet(said, fans=0, now_ns=round(1.1 * KEPT_S * 1e9)) == Naming()
