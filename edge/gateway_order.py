"""Repair orders for the gateway itself: a subsystem that keeps crashing is somebody's work, no log line."""

from __future__ import annotations

from typing import Final

from kernel.finding import Finding
from kernel.point import NANOSECONDS
from kernel.repair import CostOfWaiting, RepairOrder

GATEWAY: Final = "gateway"
"""The asset of such an order: the gateway is not an asset of the site."""
DECIDE_S: Final = 4 * 3600.0
"""Within this time somebody should look: what runs meanwhile is the lower rung."""

WORDS: Final = {
    "workers": ("Worker processes keep crashing", "their agents stand on the rung safe"),
    "policies": ("The policy process keeps crashing", "every command is denied and the safe set stands"),
    "history": ("The historian keeps crashing", "history and uplink wait on the gateway's disk"),
}
"""What is wrong and what holds meanwhile, by subsystem."""


def gateway_order(subsystem: str, why: str, *, limit: int, now_ns: int) -> RepairOrder:
    """Write an order for a subsystem of the gateway that needed more than `limit` restarts in a period.

    What waiting costs is not known: the loss is the lower rung, whose cost depends on the day. The order
    says so and asks for a decision within four hours.
    """
    device = subsystem.removeprefix("bus ")
    otherwise = (
        f"The link to {device} keeps crashing",
        "its points are old; what stands on it is its own fallback",
    )
    title, meanwhile = WORDS.get(subsystem, otherwise)
    evidence = Finding(
        asset=GATEWAY,
        name=f"gave_up_{subsystem}".replace(" ", "_"),
        text=why,
        value=float(limit + 1),
        unit="1",
        limit=float(limit),
        at_ns=now_ns,
    )
    return RepairOrder(
        id=f"{GATEWAY}/{subsystem}",
        asset=GATEWAY,
        title=title,
        work=f"Read the log for {subsystem!r}, mend the cause, restart the gateway; {meanwhile}.",
        made_at_ns=now_ns,
        decide_by_ns=now_ns + round(DECIDE_S * NANOSECONDS),
        cost_per_day=CostOfWaiting(days=1.0, median=0.0, low=0.0, high=0.0),
        if_you_wait=(),
        confidence=3,
        evidence=(evidence,),
        what_would_change=("what a day on the lower rung costs is not estimated",),
        model="supervisor",
    )
