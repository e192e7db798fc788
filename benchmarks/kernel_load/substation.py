"""A substation of any size: transformers with batteries that are written, and feeders that are only read."""

from __future__ import annotations

from typing import Final

from kernel.asset import Asset
from kernel.point import Kind, OnLoss, Plausibility, Point, Writing
from kernel.site import Device, Site

POLICIES: Final = (
    "breaker_close_never_under_permit",
    "closing_needs_people",
    "der_reversion_required",
    "xfmr_loading",
)
"""The policies of every substation; more need facts that this one does not have."""
DEVICE: Final = "field"
FEEDER_POINTS: Final = 50
"""Points of a feeder's device."""
BATTERIES_PER_TRANSFORMER: Final = 20
RATED_KW: Final = 500.0
_OF_TRANSFORMER: Final = (
    ("active_power", "kW"),
    ("load_current", "A"),
    ("hot_spot_temperature", "degC"),
    ("top_oil_temperature", "degC"),
    ("voltage", "kV"),
)


def substation(*, points: int, batteries: int, base_tick_s: float) -> Site:
    """Build a site of exactly so many points.

    Args:
        points: in all.
        batteries: each has one writable set-point; twenty hang on a transformer.
        base_tick_s: seconds.

    Raises:
        ValueError: the transformers and batteries have more points than that.
    """
    transformers = -(-batteries // BATTERIES_PER_TRANSFORMER) or 1
    table = [
        _measured(f"t{t}/{quantity}", unit) for t in range(transformers) for quantity, unit in _OF_TRANSFORMER
    ]
    table += [point for b in range(batteries) for point in _battery(b, base_tick_s)]
    left = points - len(table)
    if left < 0:
        raise ValueError(f"{batteries} batteries need {len(table)} points, not {points}")
    table += [_measured(f"f{n // FEEDER_POINTS}/q{n % FEEDER_POINTS}", "A") for n in range(left)]
    assets = [Asset(name="grid", kind="connection")]
    assets += [_transformer(t) for t in range(transformers)]
    assets += [
        Asset(
            name=f"b{b}",
            kind="battery",
            upstream=f"t{b // BATTERIES_PER_TRANSFORMER}",
            zone=f"bay{b}",
            ratings={"power_kw": RATED_KW},
        )
        for b in range(batteries)
    ]
    assets += [
        Asset(name=f"f{f}", kind="feeder", upstream=f"t{f % transformers}")
        for f in range(-(-left // FEEDER_POINTS))
    ]
    return Site(
        name="load",
        title="Load",
        base_tick_s=base_tick_s,
        assets=tuple(assets),
        points=tuple(table),
        devices=(Device(name=DEVICE, asset="grid", map="none"),),
        loops=(),
        policies=POLICIES,
        digest="0" * 64,
    )


def _transformer(number: int) -> Asset:
    return Asset(
        name=f"t{number}",
        kind="transformer",
        upstream="grid",
        ratings={"power_kva": 40_000.0, "secondary_kv": 20.0},
    )


def _measured(name: str, unit: str) -> Point:
    """Return a point that is judged in every way that plausibility knows."""
    rules = Plausibility(low=-1e6, high=1e6, rate_per_s=1e7, unchanged_s=3600.0)
    return Point(name=name, unit=unit, source=DEVICE, plausibility=rules, stale_s=5.0)


def _battery(number: int, base_tick_s: float) -> list[Point]:
    name = f"b{number}"
    writing = Writing(
        low=-RATED_KW,
        high=RATED_KW,
        safe_value=0.0,
        on_loss=OnLoss.WRITE_SAFE,
        tolerance=0.5,
        feedback_s=10.0 * base_tick_s,
        validity_s=10.0,
        renew_s=60.0,
        reversion_s=240.0,
        reversion_value=0.0,
    )
    return [
        _measured(f"{name}/active_power", "kW"),
        Point(name=f"{name}/active_power_setpoint", unit="kW", source=DEVICE, stale_s=5.0, writing=writing),
        Point(name=f"{name}/operating_state", unit="1", kind=Kind.CODE, source=DEVICE, stale_s=5.0),
    ]
