"""From the site file to a simulated device: the map says which kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from drivers.modbus.map import RegisterMap, load_map
from kernel.asset import Asset
from kernel.site import Device
from simulators.devices.bank import Bank
from simulators.devices.behaviour.make import tells_time, with_behaviour
from simulators.devices.behaviour.planned import PLAIN, PlannedBehaviour
from simulators.devices.breaker import CLOSED, Breaker
from simulators.devices.inverter import SETPOINT, Inverter
from simulators.devices.load_controller import LIMIT, LoadController
from simulators.devices.sensor import Sensor
from simulators.devices.setpoints import SetpointDevice
from simulators.devices.storage import Storage, StorageRating

_NOTHING: Final[Mapping[str, float]] = MappingProxyType({})
SPARKPLUG: Final = "sparkplug"
"""Protocol of devices that stamp what they tell."""
ROUND_TRIP: Final = 0.88
"""Round-trip efficiency of a battery whose site file gives none: usual for lithium-ion with inverter."""


def make_bank(
    device: Device,
    asset: Asset,
    initial: Mapping[str, float] = _NOTHING,
    planned: PlannedBehaviour = PLAIN,
) -> Bank:
    """Make the simulated device for a device of the site, with its behaviours.

    The kind follows from what the map offers, not from its name: a set-point block makes an
    inverter, a limit block a load controller, a position with a close pulse a breaker, anything else that is
    writable a device with set-points, anything read-only a sensor.

    Args:
        device: with the name or path of its register map.
        asset: with the ratings. A battery needs `power_kw` and `energy_kwh`, and may have
            `ramp_kw_per_s`, `round_trip_efficiency` (0 to 1), `lowest_percent`, `highest_percent`,
            `standby_kw`, `fade_per_cycle`;
            a breaker may have `operating_s`.
        initial: quantities at the start: `state_of_charge` % (else 50), `position` code (else closed).
        planned: how it behaves beyond its map.

    Raises:
        KeyError: a needed rating is not in the site file.
        ValueError: the plan speaks of what the map does not have.
    """
    register_map = load_map(device.map)
    if planned.clock is not None and device.protocol != SPARKPLUG and not tells_time(register_map):
        raise ValueError(f"device {device.name}: map {register_map.name} has no time that could be wrong")
    try:
        return with_behaviour(_device(register_map, asset, initial, planned), register_map, planned)
    except ValueError as error:
        raise ValueError(f"device {device.name}: {error}") from error


def _device(
    register_map: RegisterMap, asset: Asset, initial: Mapping[str, float], planned: PlannedBehaviour
) -> Bank:
    offered = register_map.by_quantity
    if SETPOINT in offered and offered[SETPOINT].companions.sequence is not None:
        storage = _storage(asset, initial.get("state_of_charge", 50.0), planned.ramp_per_s)
        return Inverter(register_map, storage, delay_s=planned.delay_s)
    if {"position", "operations", "open", "close"} <= offered.keys():
        return Breaker(
            register_map,
            position=int(initial.get("position", CLOSED)),
            operating_s=planned.delay_s + asset.ratings.get("operating_s", 0.06),
        )
    if LIMIT in offered and offered[LIMIT].companions.sequence is not None:
        return LoadController(register_map, planned)
    if any(entry.writing is not None for entry in register_map.entries):
        return SetpointDevice(register_map, planned)
    return Sensor(register_map)


def _storage(asset: Asset, charge_percent: float, ramp_kw_per_s: float | None) -> Storage:
    power_kw, energy_kwh = asset.rating("power_kw"), asset.rating("energy_kwh")
    given = asset.ratings
    rating = StorageRating(
        power_kw=power_kw,
        energy_kwh=energy_kwh,
        ramp_kw_per_s=ramp_kw_per_s or given.get("ramp_kw_per_s", power_kw / 10.0),
        efficiency=given.get("round_trip_efficiency", ROUND_TRIP) ** 0.5,
        lowest_percent=given.get("lowest_percent", 2.0),
        highest_percent=given.get("highest_percent", 98.0),
        standby_kw=given.get("standby_kw", 0.0),
        fade_per_cycle=given.get("fade_per_cycle", 0.0),
    )
    return Storage(rating=rating, energy_kwh=energy_kwh * charge_percent / 100.0)
