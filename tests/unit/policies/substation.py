"""A small substation with one transformer, two batteries, two breakers, and the readings of a calm day."""

from __future__ import annotations

import msgspec

from kernel.asset import Asset
from kernel.command import Command
from kernel.image import Reading
from kernel.point import NANOSECONDS, Kind, OnLoss, Operation, Point, Writing
from kernel.ports import GateRequest
from kernel.site import Site, WorkPermit

NOW_NS = 1_795_376_000 * NANOSECONDS
HOUR_NS = 3600 * NANOSECONDS
NAMES = ("breaker_close_never_under_permit", "der_reversion_required", "xfmr_loading")
FOUR = ("breaker_close_never_under_permit", "closing_needs_people", "der_reversion_required", "xfmr_loading")
"""The policies for which this substation has all facts."""
RATED_A = 25000.0 / (3**0.5 * 20.0)
"""Rated current of t1 on its 20 kV side."""
FAR_FUTURE_NS = 4_000_000_000 * NANOSECONDS


def battery_points(name: str) -> tuple[Point, ...]:
    setpoint = Writing(
        low=-4000.0,
        high=4000.0,
        safe_value=0.0,
        on_loss=OnLoss.LET_REVERT,
        renew_s=60.0,
        reversion_s=240.0,
        reversion_value=0.0,
        tolerance=50.0,
    )
    return (
        Point(name=f"{name}/active_power", unit="kW", stale_s=10.0),
        Point(name=f"{name}/active_power_setpoint", unit="kW", stale_s=10.0, writing=setpoint),
    )


def breaker_points(name: str) -> tuple[Point, ...]:
    pulse = Writing(low=1.0, high=1.0, safe_value=1.0, on_loss=OnLoss.HOLD, operation=Operation.PULSE)
    return (
        Point(name=f"{name}/position", unit="1", kind=Kind.CODE),
        Point(name=f"{name}/close", unit="1", kind=Kind.CODE, writing=pulse),
        Point(name=f"{name}/open", unit="1", kind=Kind.CODE, writing=pulse),
    )


def site(**changes: object) -> Site:
    plain = Site(
        name="small",
        title="Small",
        time_zone="UTC",
        base_tick_s=1.0,
        digest="",
        assets=(
            Asset(name="grid", kind="connection"),
            Asset(
                name="t1",
                kind="transformer",
                upstream="grid",
                ratings={"power_kva": 25000.0, "secondary_kv": 20.0},
            ),
            Asset(name="bat1", kind="battery", upstream="t1", ratings={"power_kw": 4000.0}),
            Asset(name="bat2", kind="battery", upstream="t1", ratings={"power_kw": 4000.0}),
            Asset(name="bat9", kind="battery", upstream="grid", ratings={"power_kw": 4000.0}),
            Asset(name="cb14", kind="breaker", title="Breaker CB14", upstream="t1", zone="bay14"),
            Asset(name="cb15", kind="breaker", title="Breaker CB15", upstream="t1", zone="bay15"),
            Asset(name="cb16", kind="breaker", title="Breaker CB16", upstream="t1"),
        ),
        points=(
            Point(name="t1/load_current", unit="A", stale_s=10.0),
            Point(name="t1/hot_spot_temperature", unit="degC", stale_s=120.0),
            *battery_points("bat1"),
            *battery_points("bat2"),
            *battery_points("bat9"),
            *breaker_points("cb14"),
            *breaker_points("cb15"),
            *breaker_points("cb16"),
        ),
        devices=(),
        loops=(),
        permits=(
            WorkPermit(
                id="WP-7",
                zone="bay15",
                holder="A. Meier",
                from_ns=NOW_NS - HOUR_NS,
                until_ns=NOW_NS + HOUR_NS,
            ),
        ),
        policies=NAMES,
    )
    return msgspec.structs.replace(plain, **changes)


def good(value: float, *, age_s: float = 1.0, quality: int = 0) -> Reading:
    at_ns = NOW_NS - int(age_s * NANOSECONDS)
    return Reading(value=value, quality=quality, age_s=age_s, at_ns=at_ns)


def calm(**changes: Reading | None) -> dict[str, Reading]:
    """Readings of a calm day; a change names its point with `__` for the slash, None leaves it out."""
    readings = {
        "t1/load_current": good(0.5 * RATED_A),
        "t1/hot_spot_temperature": good(70.0, age_s=30.0),
        "bat1/active_power": good(0.0),
        "bat2/active_power": good(0.0),
        "bat9/active_power": good(0.0),
        "cb14/position": good(1.0),
    }
    for name, reading in changes.items():
        point = name.replace("__", "/")
        readings.pop(point, None)
        if reading is not None:
            readings[point] = reading
    return readings


def setpoint(value: float, *, battery: str = "bat1", name: str = "c1", **changes: object) -> Command:
    command = Command(
        id=name,
        trace="trace",
        point=f"{battery}/active_power_setpoint",
        value=value,
        operation=Operation.SETPOINT,
        tick=1,
        issued_at_ns=NOW_NS,
        valid_until_ns=NOW_NS + 10 * NANOSECONDS,
        reversion_value=0.0,
        reversion_s=240.0,
        authority="gate",
        revision="",
        reason="shave the peak",
    )
    return msgspec.structs.replace(command, **changes)


def pulse(point: str, *, name: str = "c1", **changes: object) -> Command:
    command = Command(
        id=name,
        trace="trace",
        point=point,
        value=1.0,
        operation=Operation.PULSE,
        tick=1,
        issued_at_ns=NOW_NS,
        valid_until_ns=NOW_NS + 10 * NANOSECONDS,
        authority="gate",
        revision="",
        reason="asked by a person",
    )
    return msgspec.structs.replace(command, **changes)


def request(
    *commands: Command, readings: dict[str, Reading] | None = None, now_ns: int = NOW_NS
) -> GateRequest:
    return GateRequest(
        tick=1, now_ns=now_ns, commands=commands, readings=calm() if readings is None else readings
    )
