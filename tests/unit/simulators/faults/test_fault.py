import math

import pytest

from simulators.faults.fault import Fault, FaultKind, acting, blocked
from simulators.faults.measured import distort
from simulators.faults.timeline import timeline

SECOND = 1_000_000_000


def fault(kind=FaultKind.STUCK, target="meter_f11", **rest):
    return Fault(target=target, kind=kind, onset_ns=100 * SECOND, **rest)


def test_a_fault_is_active_from_its_onset_until_just_before_its_end():
    one = fault(end_ns=200 * SECOND)
    assert [one.active(t) for t in (100 * SECOND - 1, 100 * SECOND, 200 * SECOND - 1, 200 * SECOND)] == [
        False,
        True,
        True,
        False,
    ]


def test_the_truth_of_a_moment_has_what_has_begun_and_no_end_that_is_still_to_come():
    grown = fault(FaultKind.BLOCKED_COOLER, "t1", ramp_s=50.0, amount=0.4, end_ns=300 * SECOND)
    told = [timeline([grown], t * SECOND) for t in (99, 125, 300)]
    spans = [[(one.end_ns, pytest.approx(one.amount)) for one in at] for at in told]
    assert spans == [[], [(None, 0.2)], [(300 * SECOND, 0.4)]]


def test_a_fault_without_an_end_stays():
    assert fault().active(10**18)


def test_severity_ramps_from_nothing_to_the_amount_and_ends_at_once():
    one = fault(FaultKind.BLOCKED_COOLER, "t1", ramp_s=50.0, amount=0.4, end_ns=300 * SECOND)
    seen = [one.severity(t * SECOND) for t in (99, 100, 125, 150, 299, 300)]
    assert seen == pytest.approx([0.0, 0.0, 0.2, 0.4, 0.4, 0.0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"end_ns": 100 * SECOND},
        {"ramp_s": -1.0},
        {"ramp_s": 10.0},
        {"kind": FaultKind.BLOCKED_COOLER, "amount": 1.2},
    ],
    ids=["ends before it begins", "negative ramp", "comes slowly and cannot", "loses more than all"],
)
def test_an_impossible_fault_is_refused(wrong):
    with pytest.raises(ValueError, match="meter_f11"):
        fault(**wrong)


def test_only_the_active_faults_of_the_target_act():
    mine, later, other = fault(), fault(amount=2.0), fault(target="meter_f12")
    assert acting((mine, other, later), "meter_f11", 100 * SECOND) == (mine, later)
    assert acting((mine, other, later), "meter_f11", 0) == ()


def test_two_blockages_of_one_cooler_leave_the_product_of_what_each_leaves():
    pair = [fault(FaultKind.BLOCKED_COOLER, "t1", amount=a) for a in (0.4, 0.5)]
    assert blocked(pair, "t1", 200 * SECOND) == pytest.approx(0.7)
    assert blocked(pair, "t2", 200 * SECOND) == 0.0
    assert blocked(pair, "t1", 0) == 0.0


TRUE = {"active_power": 5.0, "voltage": 20.0}


def seen(*faults, now_ns=150 * SECOND, before=None):
    return distort(TRUE, faults, now_ns, before={} if before is None else before)


def test_a_healthy_device_shows_what_it_is_given():
    assert seen() == TRUE
    assert seen(fault(FaultKind.NAN), now_ns=0) == TRUE


def test_a_stuck_device_repeats_what_it_showed_before():
    assert seen(fault(), before={"active_power": 4.0, "voltage": 19.0}) == {
        "active_power": 4.0,
        "voltage": 19.0,
    }


def test_a_stuck_point_repeats_alone():
    one = fault(target="f11/voltage")
    assert seen(one, before={"active_power": 4.0, "voltage": 19.0}) == {"active_power": 5.0, "voltage": 19.0}


def test_a_point_that_is_stuck_from_the_first_moment_keeps_its_first_value():
    assert seen(fault()) == TRUE


def test_a_unit_mistake_is_a_factor_of_a_thousand():
    assert seen(fault(FaultKind.SCALE_1000)) == {"active_power": 5000.0, "voltage": 20_000.0}


def test_a_quantity_can_be_no_number_without_the_others():
    shown = seen(fault(FaultKind.NAN, "f11/active_power"))
    assert math.isnan(shown["active_power"])
    assert shown["voltage"] == 20.0


@pytest.mark.parametrize("kind", [FaultKind.SILENT, FaultKind.WORD_SWAP, FaultKind.BLOCKED_COOLER])
def test_faults_of_wire_and_physics_leave_measured_values_alone(kind):
    assert seen(fault(kind, amount=0.5)) == TRUE


def test_distorting_leaves_the_true_values_as_they_are():
    true = dict(TRUE)
    distort(true, [fault(FaultKind.NAN)], 150 * SECOND, before={})
    assert true == TRUE
