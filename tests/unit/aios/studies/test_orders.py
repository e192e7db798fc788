"""Orders are held against what truly stood: kind, asset and moment."""

import math

import pytest

from aios.studies.answers import Answers
from aios.studies.orders import Orders
from kernel.asset import Asset
from kernel.site import Device, Site
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F

DAY = 86_400 * 10**9
STUCK_COOLER = "Cooling group not moving oil or air; top-oil 9.0 K above model"
FANS = "Cooling group switched on but not running; top-oil 9.0 K above model"
SENSOR = "Top-oil sensor drifts; top-oil 9.0 K above model"
EITHER = "Cooler or sensor at fault, data cannot tell; top-oil 9.0 K above model"


class Both:
    """What is counted of orders and what they find, fed as a run feeds it."""

    def __init__(self, site):
        self._orders, self._answers = Orders(site), Answers(site, start_ns=0)

    def rises(self, order, asset, cause, at_ns):
        self._orders.rises(order, asset, cause, at_ns)
        self._answers.order(asset, cause, at_ns)

    def values(self, end_ns, faults):
        return self._orders.values(faults) | self._answers.values(end_ns, faults)


@pytest.fixture
def orders():
    monitor = Device(name="monitor_t1", asset="t1", map="any")
    units = tuple(Asset(name=name, kind="transformer") for name in ("t1", "t2"))
    site = Site(
        name="s",
        title="S",
        base_tick_s=60.0,
        assets=units,
        points=(),
        devices=(monitor,),
        loops=(),
        digest="",
    )
    return Both(site)


def fault(kind, onset, end=None, target="t1"):
    end_ns = None if end is None else end * DAY
    return Fault(kind=kind, target=target, onset_ns=onset * DAY, end_ns=end_ns)


def test_an_order_after_the_fault_is_over_is_false_and_finds_nothing(orders):
    orders.rises("o", "t1", STUCK_COOLER, 5 * DAY)
    values = orders.values(9 * DAY, [fault(F.BLOCKED_COOLER, 1, end=4)])
    assert (values["false_orders"], values["missed_faults"]) == (1.0, 1.0)
    assert math.isnan(values["detection_days"])


@pytest.mark.parametrize(
    ("kind", "target", "cause", "false"),
    [
        (F.OVERLOAD, "t1", STUCK_COOLER, True),
        (F.SILENT, "monitor_t1", STUCK_COOLER, True),
        (F.DRIFT, "t1/top_oil_temperature", STUCK_COOLER, True),
        (F.DRIFT, "t1/top_oil_temperature", SENSOR, False),
        (F.BIAS, "monitor_t1", EITHER, False),
        (F.BLOCKED_COOLER, "t1", EITHER, False),
        (F.FAN_FAILED, "t1", EITHER, False),
        (F.FAN_FAILED, "t1", FANS, False),
        (F.FAN_FAILED, "t1", STUCK_COOLER, True),
        (F.BLOCKED_COOLER, "t1", FANS, True),
        (F.BLOCKED_COOLER, "t1", SENSOR, True),
        (F.BLOCKED_COOLER, "t2", STUCK_COOLER, True),
    ],
)
def test_only_a_fault_that_the_order_could_mean_excuses_it(orders, kind, target, cause, false):
    orders.rises("o", "t1", cause, 5 * DAY)
    values = orders.values(9 * DAY, [fault(kind, 1, target=target)])
    assert values["false_orders"] == float(false)
    assert values["missed_faults"] == float(false), "what no order names is not found by it either"


def test_one_order_finds_one_fault_and_another_cause_the_other(orders):
    both = [fault(F.BLOCKED_COOLER, 1), fault(F.FAN_FAILED, 1)]
    orders.rises("o", "t1", FANS, 3 * DAY)
    assert orders.values(9 * DAY, both)["missed_faults"] == 1.0
    orders.rises("o", "t1", STUCK_COOLER, 7 * DAY)
    values = orders.values(9 * DAY, both)
    assert (values["missed_faults"], values["repair_orders"], values["false_orders"]) == (0.0, 1.0, 0.0)
    assert values["detection_days"] == 4.0, "the mean of two days and six"


def test_what_comes_after_the_end_is_not_missed_and_what_began_before_counts_from_the_begin(orders):
    orders.rises("o", "t1", STUCK_COOLER, 2 * DAY)
    values = orders.values(5 * DAY, [fault(F.BLOCKED_COOLER, -3), fault(F.BLOCKED_COOLER, 8)])
    assert (values["detection_days"], values["missed_faults"]) == (2.0, 0.0)
