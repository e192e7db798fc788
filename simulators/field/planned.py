"""The form of a field file: devices without a site and without a world, for whoever tests a client.

Each has a register map, a wire, what it shows, and how it behaves. With `copies` one entry is many devices.
"""

from __future__ import annotations

import math
from typing import Annotated

import msgspec

from simulators.devices.behaviour.planned import PLAIN, PlannedBehaviour, Positive
from simulators.noise import seed_of, uniform

MOST_UNITS = 247
"""Devices on one line. Source: Modbus over Serial Line V1.02, 2.2 (addressing rules)."""


class Swing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that goes up and down, each device at its own moment."""

    value: float
    """In the middle, in the unit of the quantity."""
    swing: float
    """Up and down from there."""
    period_s: Positive = 60.0

    def at(self, now_ns: int, phase: float) -> float:
        """Return the value at a time; the phase counts in periods."""
        turns = (now_ns / 1e9 / self.period_s + phase) % 1.0
        return self.value + self.swing * math.sin(2.0 * math.pi * turns)


class PlannedTls(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What devices with `modbus-tls` show, and whom they believe: PEM files beside the field file."""

    ca: str
    """Who vouches for clients; one without a certificate of theirs is refused."""
    certificate: str
    key: str


class PlannedNode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The edge node of all devices with `sparkplug`."""

    broker: str
    """`mqtt://host:port`, or `mqtts://account@host:port`."""
    password_file: str = ""
    """File of the account's password, or `credential:NAME`."""
    group: str = "aios"
    node: str = "field"
    primary_host: str = ""
    """Host application without which nothing is told; empty for none."""
    every_s: Positive = 1.0
    """How often devices are looked at for changes, seconds."""


class PlannedDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One device, or many alike."""

    name: str
    map: str
    """Name of a shipped register map, a path beside the field file, or `sunspec`."""
    protocol: str = "modbus-tcp"
    """modbus-tcp, modbus-rtu-tcp, modbus-tls, modbus-rtu or sparkplug."""
    host: str = "127.0.0.1"
    port: int = 0
    """0 finds a free one; copies take those that follow."""
    unit: Annotated[int, msgspec.Meta(ge=1, le=MOST_UNITS)] = 1
    """Copies on a line of RTU frames take those that follow, on the same port."""
    serial: str = ""
    baud: int = 19200
    parity: str = "even"
    stop_bits: int = 1
    copies: Annotated[int, msgspec.Meta(ge=1)] = 1
    shows: dict[str, float | Swing] = {}
    """What it measures, by quantity, in the units of its map."""
    ratings: dict[str, float] = {}
    """As of an asset in a site file: `power_kw` and `energy_kwh` of a battery, `operating_s` of a breaker."""
    initial: dict[str, float] = {}
    """`state_of_charge` or `position` at the start."""
    behaviour: PlannedBehaviour = PLAIN


class FieldFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field file."""

    title: str = ""
    every_s: Positive = 1.0
    """How often what devices show moves, seconds."""
    tls: PlannedTls | None = None
    sparkplug: PlannedNode | None = None
    device: list[PlannedDevice]


def phase_of(name: str) -> float:
    """Return at which share of its period the values of a device begin, 0 to 1; the name decides."""
    return uniform(seed_of(0, name), 0)
