"""What can go wrong: the kinds of the catalogue by name; `catalogue.py` says what each means."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """Where a fault acts."""

    PHYSICS = "physics"
    """In the grid, its equipment or its customers: everything downstream is true."""
    DEVICE = "device"
    """In a meter, relay, breaker or inverter: the world is well, what is told or done of it is not."""
    BYTES = "bytes"
    """On the way between device and gateway."""


class FaultKind(StrEnum):
    """What can go wrong; each has one row in the catalogue."""

    # physics
    SHORT_CIRCUIT = "short_circuit"
    OPEN_CONDUCTOR = "open_conductor"
    BLOCKED_COOLER = "blocked_cooler"
    FAN_FAILED = "fan_failed"
    OVERLOAD = "overload"
    TAP_STUCK = "tap_stuck"
    TAP_RUNAWAY = "tap_runaway"
    CAPACITOR_FUSE = "capacitor_fuse"
    DER_TRIPS = "der_trips"
    EV_REBOUND = "ev_rebound"
    DEMAND_BUST = "demand_bust"
    WEATHER_BUST = "weather_bust"
    FAST_AGEING = "fast_ageing"
    PAPER_DEGRADED = "paper_degraded"
    GAS_RAMP = "gas_ramp"
    PARTIAL_DISCHARGE = "partial_discharge"
    CONTACT_WEAR = "contact_wear"
    BATTERY_IMPEDANCE = "battery_impedance"
    # device
    STUCK = "stuck"
    DRIFT = "drift"
    BIAS = "bias"
    SPIKE = "spike"
    DROPOUT = "dropout"
    NOISE = "noise"
    SCALE = "scale"
    SCALE_1000 = "scale_1000"
    NAN = "nan"
    SIGN_FLIP = "sign_flip"
    METER_TAMPER = "meter_tamper"
    FALSE_DATA = "false_data"
    WORD_SWAP = "word_swap"
    CLOCK_SHIFT = "clock_shift"
    SETPOINT_IGNORED = "setpoint_ignored"
    BREAKER_SLOW = "breaker_slow"
    FAILS_TO_OPEN = "fails_to_open"
    FAILS_TO_CLOSE = "fails_to_close"
    CONTACTS_DISAGREE = "contacts_disagree"
    RELAY_TRIPS = "relay_trips"
    RELAY_BLIND = "relay_blind"
    # bytes
    SILENT = "silent"
    LOSS = "loss"
    DELAY = "delay"
    HALF_OPEN = "half_open"
    RESET = "reset"
    GARBAGE = "garbage"
    REPLAY = "replay"
    PARTITION = "partition"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out_of_order"


MEASURED: Final = frozenset(
    {
        FaultKind.STUCK,
        FaultKind.DRIFT,
        FaultKind.BIAS,
        FaultKind.SPIKE,
        FaultKind.DROPOUT,
        FaultKind.NOISE,
        FaultKind.SCALE,
        FaultKind.SCALE_1000,
        FaultKind.NAN,
        FaultKind.SIGN_FLIP,
        FaultKind.METER_TAMPER,
    }
)
"""Kinds that act on measured quantities before a device stores them."""
