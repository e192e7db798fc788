"""Points, blocks and documents that the tests of outbox and history share."""

from kernel.finding import Finding
from kernel.measurement import Block, block
from kernel.point import Point
from kernel.repair import CostOfWaiting, RepairOrder

SECOND = 1_000_000_000
POINTS = tuple(
    Point(name=name, unit=unit)
    for name, unit in [("f11/active_power", "kW"), ("f11/current", "A"), ("t1/top_oil_temperature", "degC")]
)


def reading(second: int, *, rows: int = 3, value: float | None = None) -> Block:
    """A block of the first points at a second."""
    values = [float(second) if value is None else value] * rows
    return block([row % len(POINTS) for row in range(rows)], values, [0] * rows, at_ns=second * SECOND)


def order(number: int, *, state: str = "open") -> RepairOrder:
    """A repair order with an id of its own."""
    day = CostOfWaiting(days=1.0, median=100.0, low=50.0, high=200.0)
    return RepairOrder(
        id=f"order-{number}",
        asset="t1",
        title="Top oil too warm",
        work="Clean the cooler",
        made_at_ns=number * SECOND,
        decide_by_ns=(number + 86_400) * SECOND,
        cost_per_day=day,
        if_you_wait=(day,),
        confidence=2,
        evidence=(finding(number),),
        state=state,
    )


def finding(number: int) -> Finding:
    """A finding about the transformer."""
    return Finding(
        asset="t1",
        name="top_oil_residual",
        text="Top oil is warmer than the model says",
        value=11.0,
        unit="K",
        limit=6.0,
        at_ns=number * SECOND,
    )


class StepClock:
    """A clock that stands still until someone waits for it, and remembers the pauses."""

    def __init__(self, factor: float = 1.0) -> None:
        self.factor = factor
        self.now = 0
        self.pauses_s: list[float] = []

    def now_ns(self) -> int:
        return self.now

    async def sleep_until(self, at_ns: int) -> None:
        self.pauses_s.append((at_ns - self.now) / SECOND)
        self.now = at_ns
