import pytest

from simulators.couplings.felt import NotCoupled
from simulators.faults.couplings import measured_by_device
from simulators.faults.fault import Fault, FaultKind


def fault(kind, target):
    return Fault(target=target, kind=kind, onset_ns=0, amount=0.5)


def test_a_fault_reaches_its_device_or_the_device_of_its_point(site, network, devices):
    whole, single = fault(FaultKind.STUCK, "device_f11"), fault(FaultKind.NAN, "f12/voltage")
    found = measured_by_device(site, network, devices, (whole, single))
    assert found["device_f11"] == (whole,)
    assert found["device_f12"] == (single,)
    assert found["device_grid"] == ()


def test_faults_of_wire_and_physics_reach_no_measurement(site, network, devices):
    given = (fault(FaultKind.SILENT, "device_f11"), fault(FaultKind.BLOCKED_COOLER, "t1"))
    assert not any(measured_by_device(site, network, devices, given).values())


def test_every_target_that_is_not_there_is_listed(site, network, devices):
    given = (
        fault(FaultKind.BLOCKED_COOLER, "f11"),
        fault(FaultKind.SILENT, "f11/voltage"),
        fault(FaultKind.NAN, "f11/colour"),
    )
    with pytest.raises(NotCoupled) as caught:
        measured_by_device(site, network, {**devices, "ghost": devices["device_f11"]}, given)
    assert caught.value.errors == (
        "bank ghost: the site has no such device",
        "fault blocked_cooler: no target f11",
        "fault silent: no target f11/voltage",
        "fault nan: no target f11/colour",
    )
