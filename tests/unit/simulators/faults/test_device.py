"""What the faults of a device do to what it tells and to what it does, through its registers."""

from collections.abc import Sequence

import pytest

from drivers.modbus.codec import decode_number
from drivers.modbus.map import load_map
from kernel.asset import Asset
from kernel.point import NANOSECONDS
from kernel.site import Device
from simulators.devices.make import make_bank
from simulators.faults.device import OF_THE_DEVICE, clock_shift_s, with_faults
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind as F
from simulators.faults.timeline import timeline

ONSET, END, LATER = 100 * NANOSECONDS, 1000 * NANOSECONDS, 2000 * NANOSECONDS
ASSETS = {
    "breaker": Asset(name="asset", kind="breaker"),
    "battery_inverter": Asset(
        name="asset", kind="battery", ratings={"power_kw": 1000.0, "energy_kwh": 1000.0}
    ),
    "feeder_meter": Asset(name="asset", kind="feeder"),
}


class Wired:
    """A device with a fault from 100 s to 1000 s, asked as a driver does."""

    def __init__(self, register_map: str, kind: F | None, amount: float = 1.0) -> None:
        device = Device(name="device", asset="asset", map=register_map)
        faults = []
        if kind is not None:
            target = "asset" if kind in (F.DER_TRIPS, F.BATTERY_IMPEDANCE) else "device"
            faults = [Fault(target=target, kind=kind, onset_ns=ONSET, end_ns=END, amount=amount)]
        self.faults = faults
        self.map = load_map(register_map)
        self.bank = with_faults(make_bank(device, ASSETS[register_map]), device, faults)

    def value(self, quantity: str, at_ns: int) -> float:
        entry = self.map.by_quantity[quantity]
        slot = entry.slot
        return decode_number(slot, self.bank.read(entry.table, slot.address, slot.end - slot.address, at_ns))

    def pulse(self, quantity: str, at_ns: int) -> None:
        entry = self.map.by_quantity[quantity]
        self.bank.write(entry.table, entry.slot.address, [1], at_ns)

    def setpoint(self, kw: float, at_ns: int, *, number: int = 1) -> None:
        entry = self.map.by_quantity["active_power_setpoint"]
        raw = round(kw * 10.0) & 0xFFFFFFFF
        words: Sequence[int] = [number, raw >> 16, raw & 0xFFFF, 0, 0, 0]
        self.bank.write(entry.table, 100, words, at_ns)


def s(seconds: float) -> int:
    return round(seconds * NANOSECONDS)


def test_words_are_swapped_and_swapped_back():
    meter = Wired("feeder_meter", F.WORD_SWAP)
    meter.bank.sense({"active_power": 4000.0}, ONSET)
    assert meter.value("active_power", ONSET - 1) == meter.value("active_power", END) == 4000.0
    assert abs(meter.value("active_power", ONSET)) < 1e-3


def test_a_write_that_is_ignored_is_acknowledged_and_moves_nothing():
    inverter = Wired("battery_inverter", F.SETPOINT_IGNORED)
    inverter.setpoint(500.0, ONSET)
    assert inverter.bank.actuation(s(900))["active_power"] == 0.0
    assert inverter.value("setpoint_sequence", s(900)) == 0.0
    inverter.setpoint(500.0, END)
    assert inverter.bank.actuation(LATER)["active_power"] == 500.0


@pytest.mark.parametrize(
    ("kind", "pulse", "first"), [(F.FAILS_TO_OPEN, "open", 2.0), (F.FAILS_TO_CLOSE, "close", 1.0)]
)
def test_a_breaker_that_fails_stays_where_it_was(kind, pulse, first):
    breaker = Wired("breaker", kind)
    if first == 1.0:
        breaker.pulse("open", 0)
    breaker.pulse(pulse, ONSET)
    assert breaker.value("position", s(900)) == first
    assert breaker.bank.actuation(s(900))["position"] == first
    breaker.pulse(pulse, END)
    assert breaker.value("position", LATER) == 3.0 - first


def test_a_slow_breaker_moves_later_by_its_amount():
    breaker = Wired("breaker", F.BREAKER_SLOW, amount=30.0)
    breaker.pulse("open", ONSET)
    assert breaker.value("position", s(129)) == 2.0
    assert breaker.value("position", s(131)) == 1.0


@pytest.mark.parametrize("shown", [0.0, 3.0])
def test_contacts_that_disagree_leave_the_breaker_closed(shown):
    breaker = Wired("breaker", F.CONTACTS_DISAGREE, amount=shown)
    assert breaker.value("position", ONSET) == shown
    assert breaker.bank.actuation(ONSET)["position"] == 2.0
    assert breaker.value("position", END) == 2.0


def test_a_relay_trips_once_without_a_fault_and_the_breaker_can_be_closed_again():
    breaker = Wired("breaker", F.RELAY_TRIPS)
    assert breaker.bank.actuation(s(99))["position"] == 2.0
    assert breaker.bank.actuation(s(101))["position"] == 1.0
    assert breaker.bank.journal == ()
    breaker.pulse("close", s(200))
    assert breaker.bank.actuation(s(201))["position"] == 2.0


def test_a_unit_that_has_tripped_delivers_nothing_and_keeps_its_energy():
    inverter = Wired("battery_inverter", F.DER_TRIPS)
    inverter.setpoint(500.0, s(50))
    assert inverter.bank.actuation(s(99))["active_power"] == 500.0
    charge = inverter.value("state_of_charge", s(100))
    assert inverter.bank.actuation(s(900))["active_power"] == 0.0
    assert inverter.value("state_of_charge", s(900)) == pytest.approx(charge, abs=0.5)
    assert inverter.bank.actuation(s(1100))["active_power"] == 500.0


def test_a_battery_with_twice_the_resistance_loses_about_twice_as_much():
    spent = {}
    for kind in (None, F.BATTERY_IMPEDANCE):
        inverter = Wired("battery_inverter", kind)
        inverter.value("state_of_charge", ONSET)
        inverter.setpoint(1000.0, ONSET)
        spent[kind] = (50.0 - inverter.value("state_of_charge", s(460))) / 100.0 * 1000.0
    delivered = 1000.0 * 355 / 3600.0  # it ramps up in ten seconds
    assert 1.8 < (spent[F.BATTERY_IMPEDANCE] - delivered) / (spent[None] - delivered) < 2.4


def test_a_clock_is_ahead_while_the_fault_is_there():
    fault = Fault(target="device", kind=F.CLOCK_SHIFT, onset_ns=ONSET, end_ns=END, amount=3600.0)
    assert [clock_shift_s([fault], "device", at) for at in (0, ONSET, END)] == [0.0, 3600.0, 0.0]
    assert clock_shift_s([fault], "other", ONSET) == 0.0


def test_a_device_without_faults_is_the_device_itself():
    sound = Wired("breaker", None)
    assert type(sound.bank).__name__ == "Breaker"


def test_the_truth_tells_of_a_fault_of_a_device():
    breaker = Wired("breaker", F.FAILS_TO_OPEN)
    (span,) = timeline(breaker.faults, s(500))
    assert (span.kind, span.target, span.end_ns) == (F.FAILS_TO_OPEN, "device", None)


def test_every_fault_of_a_device_is_tried_here():
    tried = {
        F.WORD_SWAP, F.SETPOINT_IGNORED, F.FAILS_TO_OPEN, F.FAILS_TO_CLOSE, F.BREAKER_SLOW,
        F.CONTACTS_DISAGREE, F.RELAY_TRIPS, F.DER_TRIPS, F.BATTERY_IMPEDANCE,
    }  # fmt: skip
    assert tried == OF_THE_DEVICE - {F.RELAY_BLIND}, "a relay is blind only where there is one"


def test_a_device_that_was_mended_does_as_it_is_told_and_its_set_up_stays_wrong():
    inverter = Wired("battery_inverter", F.DER_TRIPS)
    inverter.setpoint(500.0, s(50))
    assert inverter.bank.actuation(s(400))["active_power"] == 0.0
    inverter.bank.mend("asset", s(500))
    assert inverter.bank.actuation(s(600))["active_power"] == 500.0
    meter = Wired("feeder_meter", F.WORD_SWAP)
    meter.bank.mend("asset", s(500))
    meter.bank.sense({"active_power": 4000.0}, s(600))
    assert abs(meter.value("active_power", s(600))) < 1e-3
