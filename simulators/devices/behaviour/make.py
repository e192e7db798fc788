"""From a map and a plan to the behaviours of one device.

What the map says counts as it stands: a `select` makes a device that must be reserved, a heartbeat register
one that watches it, `local` one with a switch, `device_time` one with a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from drivers.modbus.entry import Entry
from drivers.modbus.map import RegisterMap
from simulators.devices.bank import Bank
from simulators.devices.behaviour.behaving import Behaving
from simulators.devices.behaviour.deadbands import ApplyDeadband, ReportDeadband
from simulators.devices.behaviour.device_clock import DEVICE_TIME, ClockError, DeviceClock
from simulators.devices.behaviour.local_switch import LocalSwitch
from simulators.devices.behaviour.planned import PLAIN, PlannedBehaviour, PlannedClock
from simulators.devices.behaviour.role import Behaviour
from simulators.devices.behaviour.selecting import SelectBeforeOperate
from simulators.devices.behaviour.watchdog import BEATS_MISSED, COMMUNICATION, Watchdog


def with_behaviour(bank: Bank, register_map: RegisterMap, planned: PlannedBehaviour = PLAIN) -> Bank:
    """Return a device that behaves as its map and its plan say; the device itself where they say nothing.

    Raises:
        ValueError: a plan speaks of what the map does not have; the message names it.
    """
    behaviours = [
        *_watchdogs(register_map, planned),
        *_clocks(register_map, planned),
        *_switches(register_map, planned),
        *_selects(register_map),
        *_deadbands(register_map, planned),
    ]
    return Behaving(bank, register_map, behaviours) if behaviours else bank


def own_quantities(register_map: RegisterMap) -> frozenset[str]:
    """Return the writable quantities that behaviours take, so that the device itself never sees them."""
    writable = {entry.quantity: entry.writing for entry in register_map.entries if entry.writing is not None}
    hearts = {quantity for quantity, writing in writable.items() if writing.heartbeat_s is not None}
    selects = {writing.select for writing in writable.values() if writing.select}
    return frozenset(hearts | selects | ({DEVICE_TIME} & writable.keys()))


def tells_time(register_map: RegisterMap) -> bool:
    """Tell whether a device has registers for its own time."""
    return DEVICE_TIME in register_map.by_quantity


def _watchdogs(register_map: RegisterMap, planned: PlannedBehaviour) -> Iterator[Behaviour]:
    hearts = [e for e in register_map.entries if e.writing is not None and e.writing.heartbeat_s is not None]
    if planned.watchdog_s is not None and not hearts:
        raise ValueError(f"watchdog_s: map {register_map.name} has no heartbeat register")
    for entry in hearts:
        period_s = entry.writing.heartbeat_s if entry.writing is not None else None
        timeout_s = planned.watchdog_s or BEATS_MISSED * (period_s or 0.0)
        yield Watchdog(entry, timeout_s=timeout_s, tells=COMMUNICATION in register_map.by_quantity)


def _clocks(register_map: RegisterMap, planned: PlannedBehaviour) -> Iterator[Behaviour]:
    entry, clock = register_map.by_quantity.get(DEVICE_TIME), planned.clock or PlannedClock()
    if entry is not None or planned.clock is not None:
        yield DeviceClock(entry, ClockError(offset_s=clock.offset_s, drift_ppm=clock.drift_ppm))


def _switches(register_map: RegisterMap, planned: PlannedBehaviour) -> Iterator[Behaviour]:
    named = {entry.writing.local for entry in register_map.entries if entry.writing is not None} - {""}
    if planned.local and not named:
        raise ValueError(f"local: map {register_map.name} has no switch")
    for quantity in sorted(named):
        yield LocalSwitch(register_map.by_quantity[quantity], local=planned.local)


def _selects(register_map: RegisterMap) -> Iterator[Behaviour]:
    operated: dict[str, list[Entry]] = {}
    for entry in register_map.entries:
        if entry.writing is not None and entry.writing.select:
            operated.setdefault(entry.writing.select, []).append(entry)
    for select, those in operated.items():
        yield SelectBeforeOperate(register_map.by_quantity[select], those)


def _deadbands(register_map: RegisterMap, planned: PlannedBehaviour) -> Iterator[Behaviour]:
    applied = _found(register_map, planned.apply_deadband, "apply_deadband")
    for entry, band in applied:
        if entry.writing is None:
            raise ValueError(f"apply_deadband: {entry.quantity} takes no writes")
        yield ApplyDeadband(entry, band)
    if reported := _found(register_map, planned.report_deadband, "report_deadband"):
        yield ReportDeadband(reported)


def _found(register_map: RegisterMap, bands: Mapping[str, float], key: str) -> list[tuple[Entry, float]]:
    """Return entries with their bands.

    Raises:
        ValueError: the map does not have them all, or one is scaled by a register of the device.
    """
    there = register_map.by_quantity
    if unknown := sorted(bands.keys() - there.keys()):
        raise ValueError(f"{key}: map {register_map.name} has no {', '.join(unknown)}")
    if scaled := [quantity for quantity in bands if there[quantity].slot.factor is not None]:
        raise ValueError(f"{key}: {', '.join(scaled)} is scaled by a register of the device")
    return [(there[quantity], band) for quantity, band in bands.items()]
