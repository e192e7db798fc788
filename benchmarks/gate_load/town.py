"""A town of 200 assets that declares and measures everything the sixteen policies ask for."""

from __future__ import annotations

from typing import Final

from kernel.asset import Asset
from kernel.point import Kind, OnLoss, Operation, Point, Writing
from kernel.site import LoopSpec, Site, WorkPermit
from policies.bundle import shipped

NOW_NS: Final = 1_795_376_000 * 10**9
HOUR_NS: Final = 3600 * 10**9
TRANSFORMERS: Final = 5
BATTERIES: Final = 100
BREAKERS: Final = 42
PLANTS: Final = 15
LOADS: Final = 15
HOUSES: Final = 4
"""Each with a heat pump, a cooler and a charging point on a connection of its own."""
BESIDE: Final = {
    "battery": ("active_power", "voltage", "state_of_charge", "frequency", "grid_normal_time"),
    "breaker": (
        "position", "busbar_live", "line_live", "voltage_difference", "frequency_difference",
        "angle_difference", "dead_charging",
    ),
    "plant": ("active_power", "voltage", "frequency", "grid_normal_time"),
    "load": ("active_power", "indoor_temperature", "season_events", "event_hours_today"),
    "heat_pump": ("active_power",),
    "cooling": ("active_power",),
    "charging_point": ("active_power",),
    "connection": ("active_power",),
    "transformer": ("load_current", "hot_spot_temperature", "tap_position"),
}  # fmt: skip
"""What is measured at each kind of asset, beside what is written."""


def town(*, points: int = 0) -> Site:
    """Build the town.

    Args:
        points: at least so many points in all; feeders are measured until they are.
    """
    assets = _assets()
    table = [point for asset in assets for point in _points(asset)]
    spare = range(max(points - len(table), 0))
    table += [Point(name=f"meters/q{number}", unit="A") for number in spare]
    return Site(
        name="town",
        title="Town",
        time_zone="Europe/Berlin",
        base_tick_s=1.0,
        assets=(*assets, Asset(name="meters", kind="feeder", upstream="t0")),
        points=tuple(table),
        devices=(),
        loops=(LoopSpec(agent="shaver", kind="peak_shaving", period_s=1.0, deadline_s=1.0),),
        permits=(
            WorkPermit(
                id="WP-7", zone="bay1", holder="A. Meier", from_ns=NOW_NS - HOUR_NS, until_ns=NOW_NS + HOUR_NS
            ),
        ),
        policies=shipped(),
        digest="0" * 64,
    )


def _assets() -> list[Asset]:
    low_voltage = {"nominal_v": 400.0, "volts_per_kw": 0.002, "nominal_hz": 50.0}
    assets = [Asset(name="grid", kind="connection")]
    for t in range(TRANSFORMERS):
        rated = {"power_kva": 40_000.0, "secondary_kv": 20.0}
        assets.append(Asset(name=f"t{t}", kind="transformer", upstream="grid", ratings=rated))
        assets.append(Asset(name=f"line{t}", kind="feeder", upstream=f"t{t}"))
    for b in range(BATTERIES):
        rated = {"power_kw": 500.0} | low_voltage
        assets.append(Asset(name=f"b{b}", kind="battery", upstream=f"line{b % TRANSFORMERS}", ratings=rated))
    for c in range(BREAKERS):
        line = f"line{c % TRANSFORMERS}"
        assets.append(Asset(name=f"cb{c}", kind="breaker", title=f"CB{c}", upstream=line, zone=f"bay{c % 8}"))
    for p in range(PLANTS):
        rated = {"power_kw": 1000.0, "application_date": 20_200_101.0 + p} | low_voltage
        assets.append(Asset(name=f"p{p}", kind="plant", upstream=f"line{p % TRANSFORMERS}", ratings=rated))
    for n in range(LOADS):
        rated = {
            "power_kw": 300.0, "critical": float(n % 5 == 0), "events_per_season": 20.0,
            "event_hours_per_day": 4.0,
        }  # fmt: skip
        assets.append(Asset(name=f"l{n}", kind="load", upstream=f"line{n % TRANSFORMERS}", ratings=rated))
    for h in range(HOUSES):
        assets.append(Asset(name=f"h{h}", kind="connection", upstream=f"line{h % TRANSFORMERS}"))
        for name, kind, kw in (
            ("hp", "heat_pump", 14.0),
            ("ac", "cooling", 6.0),
            ("ev", "charging_point", 11.0),
        ):
            assets.append(Asset(name=f"{name}{h}", kind=kind, upstream=f"h{h}", ratings={"power_kw": kw}))
    return assets


def _points(asset: Asset) -> list[Point]:
    measured = [Point(name=f"{asset.name}/{quantity}", unit="1") for quantity in BESIDE.get(asset.kind, ())]
    return measured + [
        Point(name=f"{asset.name}/{q}", unit=u, kind=k, writing=w) for q, u, k, w in _written(asset)
    ]


def _written(asset: Asset) -> list[tuple[str, str, Kind, Writing]]:
    """Return what is written at an asset: quantity, unit, kind of value, and how."""
    kw = asset.ratings.get("power_kw", 100.0)
    limit = Writing(
        low=0.0,
        high=kw,
        safe_value=kw,
        on_loss=OnLoss.HOLD,
        renew_s=60.0,
        reversion_s=240.0,
        reversion_value=0.0,
    )
    if asset.kind == "breaker":
        pulse = Writing(low=1.0, high=1.0, safe_value=1.0, on_loss=OnLoss.HOLD, operation=Operation.PULSE)
        return [("close", "1", Kind.CODE, pulse), ("open", "1", Kind.CODE, pulse)]
    if asset.kind == "battery":
        return [
            ("active_power_setpoint", "kW", Kind.ANALOG, _setpoint(kw)),
            ("enable", "1", Kind.CODE, Writing(low=0.0, high=1.0, safe_value=0.0, on_loss=OnLoss.HOLD)),
        ]
    if asset.kind == "transformer":
        mode = Writing(low=0.0, high=2.0, safe_value=0.0, on_loss=OnLoss.HOLD)
        return [("loading_mode", "1", Kind.CODE, mode)]
    if asset.kind == "feeder" or asset.name == "grid":
        return []
    return [("active_power_limit", "kW", Kind.ANALOG, limit)]


def _setpoint(kw: float) -> Writing:
    return Writing(
        low=-kw, high=kw, safe_value=0.0, on_loss=OnLoss.WRITE_SAFE, renew_s=60.0, reversion_s=240.0,
        reversion_value=0.0,
    )  # fmt: skip
