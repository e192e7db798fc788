"""Transformers with coolers and sensors that fail, for scenarios of their health."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import msgspec
import numpy as np

from edge.maintenance.transformer_health import Watches, make
from kernel.asset import Asset
from kernel.finding import Assessment
from kernel.image import Reading, View
from kernel.point import NANOSECONDS, Point
from kernel.ports import Step
from kernel.quality import GOOD, INVALID, OLD
from kernel.repair import RepairOrder
from kernel.site import LoopSpec, Site
from kernel.testing import EmptyPast

TICK_S = 60.0
MIDNIGHT_NS = 20_000 * 86_400 * NANOSECONDS
RATED_A = 25_000.0 / (math.sqrt(3.0) * 20.0)
MEASURED = (
    "top_oil_temperature",
    "winding_temperature",
    "ambient_temperature",
    "load_current",
    "fan_current",
    "cooling_state",
)


def site(**settings: float | str | bool | list[str]) -> tuple[LoopSpec, Site]:
    spec = LoopSpec(
        agent="health", kind="transformer_health", period_s=TICK_S, deadline_s=5.0, settings=settings
    )
    ratings = {"power_kva": 25_000.0, "age_years": 35.0, "fan_current_a": 6.0}
    assets = (
        Asset(name="grid", kind="connection"),
        Asset(name="t1", kind="transformer", upstream="grid", ratings=ratings, customers=9000),
        Asset(name="t2", kind="transformer", upstream="grid", ratings=ratings, customers=8000),
    )
    computed = ("hot_spot_temperature", "ageing_rate", "top_oil_residual")
    points = tuple(
        Point(name=f"{unit}/{quantity}", unit="1")
        for unit in ("t1", "t2")
        for quantity in (*MEASURED, *computed)
    )
    return spec, Site(
        name="nord",
        title="Nord",
        base_tick_s=TICK_S,
        assets=assets,
        points=points,
        devices=(),
        loops=(spec,),
        digest="0",
    )


@dataclass
class Unit:
    """One lump of oil that gives heat with the power 1.25 of its rise; a winding that follows at once.

    The rise at rated load is 49 K, not the observer's 52; the time constant 120 min, not 75; losses 7.5 to 1.
    """

    oil_c: float = 25.0
    blocked: float = 0.0
    drift_k: float = 0.0
    fans_a: float = 6.0

    def advance(self, load_pu: float, ambient_c: float) -> None:
        heat = (1.0 + 7.5 * load_pu**2) / 8.5
        rise = max(0.0, self.oil_c - ambient_c)
        gone = (1.0 - self.blocked) * (rise / 49.0) ** 1.25
        self.oil_c += TICK_S / (120.0 * 60.0) * 49.0 * (heat - gone)

    def readings(self, load_pu: float, ambient_c: float, noise: np.random.Generator) -> dict[str, float]:
        return {
            "top_oil_temperature": self.oil_c + self.drift_k + 0.3 * noise.standard_normal(),
            "winding_temperature": self.oil_c + 24.0 * load_pu**1.5 + 0.3 * noise.standard_normal(),
            "ambient_temperature": ambient_c,
            "load_current": RATED_A * load_pu * (1.0 + 0.003 * noise.standard_normal()),
            "fan_current": self.fans_a,
            "cooling_state": 1.0,
        }


def load_at(minute: int) -> float:
    """A day between 40 and 78 % of rating, highest at 19 h."""
    hour = minute / 60.0 % 24.0
    return (
        0.45
        + 0.33 * math.exp(-(((hour - 19.0) / 3.0) ** 2))
        - 0.05 * math.cos((hour - 12.0) / 12.0 * math.pi)
    )


@dataclass
class World:
    """Two transformers at the same load; `t1` gets the faults."""

    settings: dict[str, float | str] = field(default_factory=dict)
    minute: int = 0
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.agent = make(*site(**self.settings))
        self.state: Watches = self.agent.start(EmptyPast())
        self.units = {"t1": Unit(oil_c=38.0), "t2": Unit(oil_c=38.0)}
        self.noise = np.random.default_rng(11)
        self.orders: list[RepairOrder] = []
        self.assessments: list[Assessment] = []

    def hours(self, count: float) -> Step:
        for _ in range(round(count * 60)):
            step = self.tick()
        return step

    def tick(self) -> Step:
        self.minute += 1
        now_ns = MIDNIGHT_NS + self.minute * 60 * NANOSECONDS
        load = load_at(self.minute)
        readings = {}
        for name, unit in self.units.items():
            unit.advance(load, 20.0)
            for quantity, value in unit.readings(load, 20.0, self.noise).items():
                point = f"{name}/{quantity}"
                quality = INVALID | OLD if point in self.missing else GOOD
                readings[point] = Reading(value=float(value), quality=quality, age_s=0.0, at_ns=now_ns)
        step = self.agent.step(View(tick=self.minute, now_ns=now_ns, readings=readings), self.state)
        self.state = msgspec.msgpack.decode(msgspec.msgpack.encode(step.state), type=Watches)
        self.orders += [document for document in step.published if isinstance(document, RepairOrder)]
        self.assessments += [document for document in step.published if isinstance(document, Assessment)]
        return step

    def condition(self, asset: str) -> str:
        return [a.condition for a in self.assessments if a.asset == asset][-1]


def calculated(step: Step, point: str) -> tuple[float, int]:
    (row,) = [row for row in step.calculated if row.point == point]
    return row.value, row.quality
