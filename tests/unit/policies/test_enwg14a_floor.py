"""The minimum powers of section 14a EnWG are exact to the watt: published values, and any mix of devices."""

from __future__ import annotations

import math
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kernel.asset import Asset
from kernel.point import OnLoss, Point, Writing
from kernel.site import Site
from kernel.verdict import Allow, Clamp, Verdict
from policies.bundle import load_bundle
from policies.embedded import EmbeddedGate
from tests.unit.policies.substation import request, setpoint, site

CASES = msgspec.toml.decode(Path("tests/golden/enwg14a/minimum_powers.toml").read_bytes())["case"]
FACTORS = (80, 75, 70, 65, 60, 55, 50, 45)
"""Simultaneity factors for 2, 3, ... and 9 or more devices, %: BK6-22-300, Anlage 1, 4.5.2."""


def house(devices: list[tuple[str, float]]) -> Site:
    limit = Writing(low=0.0, high=1e6, safe_value=1e6, on_loss=OnLoss.HOLD)
    assets = [Asset(name="house", kind="connection")]
    assets += [
        Asset(name=f"d{n}", kind=kind, upstream="house", ratings={"power_kw": kw})
        for n, (kind, kw) in enumerate(devices)
    ]
    points = tuple(Point(name=f"{a.name}/active_power_limit", unit="kW", writing=limit) for a in assets)
    return site(assets=tuple(assets), points=points, permits=())


def judged(gate: EmbeddedGate, asset: str, limit_w: int) -> Verdict:
    command = setpoint(limit_w / 1000.0, point=f"{asset}/active_power_limit")
    judgement = gate.judge_now(request(command, readings={}))
    assert judgement.failure == ""
    return judgement.verdicts["c1"]


def gate_of(devices: list[tuple[str, float]]) -> EmbeddedGate:
    return EmbeddedGate(load_bundle(["enwg14a_floor"], house(devices)))


def must_keep(gate: EmbeddedGate, asset: str, minimum_w: int) -> None:
    """See that the minimum is allowed, and a watt less is raised to it."""
    assert isinstance(judged(gate, asset, minimum_w), Allow)
    raised = judged(gate, asset, minimum_w - 1)
    assert isinstance(raised, Clamp), raised
    assert raised.low == minimum_w / 1000.0


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["from"].replace(" ", "-"))
def test_published_minimum_powers_are_kept_to_the_watt(case: dict[str, Any]) -> None:
    asset = "house" if case["limited"] == "connection" else f"d{case['limited']}"
    must_keep(gate_of(case["devices"]), asset, case["minimum_w"])


def minimum_w(devices: list[tuple[str, float]]) -> int:
    """Reckon the minimum of an energy-management system with exact fractions, apart from the policy."""
    groups = [sum(round(1000 * kw) for k, kw in devices if k == kind) for kind in ("heat_pump", "cooling")]
    groups = [group for group in groups if group > 4200]
    singles = [kw for kind, kw in devices if kind in {"charging_point", "battery"} and kw > 4.2]
    number = len(groups) + len(singles)
    scaled = any(group > 11_000 for group in groups)
    base = max(Fraction(4, 10) * group for group in groups) if scaled else Fraction(4200)
    factor = Fraction(FACTORS[min(number, 9) - 2], 100) if number > 1 else Fraction(0)
    return math.ceil(base + (number - 1) * factor * 4200)


def test_any_mix_of_devices_keeps_its_minimum_to_the_watt() -> None:
    dice = random.Random(14)
    for _ in range(12):
        kinds = dice.choices(("heat_pump", "cooling", "charging_point", "battery"), k=dice.randint(1, 14))
        devices = [(kind, round(dice.uniform(1.0, 25.0), 3)) for kind in kinds]
        devices.append(("charging_point", 11.0))
        gate, least = gate_of(devices), minimum_w(devices)
        assert isinstance(judged(gate, "house", least), Allow)
        if least < sum(round(1000 * kw) for _, kw in devices):
            raised = judged(gate, "house", least - 1)
            assert isinstance(raised, Clamp)
            assert raised.low == least / 1000.0


def test_the_limits_of_a_group_make_its_minimum_together() -> None:
    devices = [("heat_pump", 11.0), ("heat_pump", 11.0)]
    gate = gate_of(devices)
    must_keep(gate, "d0", 4400)
    must_keep(gate, "d1", 4400)
