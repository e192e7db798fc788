"""Repair orders: ranked pieces of work for a dispatcher, each with what waiting costs and why."""

from __future__ import annotations

import msgspec

from kernel.finding import Finding


class CostOfWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """Expected cost of leaving the work undone for some days, with its 80 % interval."""

    days: float
    median: float
    """In the currency of the site."""
    low: float
    high: float


class LikelyCause(msgspec.Struct, frozen=True, kw_only=True):
    """One of the causes that an order may have."""

    text: str
    """What would be wrong, in a few words."""
    share: float
    """Probability that it is this one, 0 to 1; the shares of an order sum to 1."""


class RepairOrder(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A ranked piece of work: asset, finding, risk, cost of waiting, last time to decide."""

    id: str
    """Stable while the condition lasts: one open order an asset and finding."""
    asset: str
    title: str
    """What is wrong, in one line."""
    work: str
    """What should be done."""
    made_at_ns: int
    decide_by_ns: int
    """Last time to decide, nanoseconds since 1970 UTC."""
    cost_per_day: CostOfWaiting
    if_you_wait: tuple[CostOfWaiting, ...]
    confidence: int
    """1 (weak) to 3 (strong)."""
    evidence: tuple[Finding, ...]
    what_would_change: tuple[str, ...] = ()
    feasible: tuple[str, ...] = ()
    rank: int = 0
    """Place in the list, 1 is first; 0 before ranking."""
    model: str = ""
    state: str = "open"
    """open or closed; people's answers are entries of their own."""
    causes: tuple[LikelyCause, ...] = ()
    """The cause that names the order first, then the others; empty where only one is thought of."""


def ranked(orders: tuple[RepairOrder, ...]) -> tuple[RepairOrder, ...]:
    """Order by what a day of waiting costs, the dearest first; ties by last time to decide, then id."""
    by_cost = sorted(orders, key=lambda o: (-o.cost_per_day.median, o.decide_by_ns, o.id))
    return tuple(msgspec.structs.replace(order, rank=place) for place, order in enumerate(by_cost, 1))
