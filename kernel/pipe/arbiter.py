"""The arbiter: from many proposals one value for a point, by narrowing an interval.

Pure. In priority order each proposal may only narrow what the higher ones left; a lower one chooses
inside it. A wish without bounds means exactly that value. Bounds that cannot hold together name the two
proposals that exclude each other, and the safe value wins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from kernel.decision import Conflict, Decision, Narrowing
from kernel.point import Point
from kernel.proposal import Priority, Proposal


def arbitrate(
    point: Point,
    proposals: Sequence[Proposal],
    *,
    limits: tuple[float, float],
    tick: int,
    trace: str,
) -> Decision | None:
    """Decide the value of one point; None when nobody wants a value.

    Args:
        point: a writable point.
        proposals: all that stand for it, highest priority first.
        limits: lowest and highest value of the envelope, in the point's unit.
        tick: number of the base tick.
        trace: follows the value from here to the read-back.

    Invariant: the value lies inside `limits`, whatever was proposed.
    """
    if not any(proposal.wanted is not None for proposal in proposals):
        return None
    steps, left = [envelope(limits)], [limits]
    value, chosen_by, expires_at_ns, once = limits[0], "", 0, False
    for proposal in proposals:
        low, high = bounds(proposal)
        narrowed = (max(left[-1][0], low), min(left[-1][1], high))
        if narrowed[0] > narrowed[1]:
            if proposal.low is None and proposal.high is None:  # an exact wish bends to what is left
                narrowed = (_inside(low, left[-1]),) * 2
            else:
                return _safe(point, steps, left, proposal, trace=trace, tick=tick)
        left_open = left[-1][0] < left[-1][1] or not chosen_by
        steps.append(narrowing(proposal, narrowed))
        left.append(narrowed)
        if proposal.wanted is not None and left_open:  # where one value is left, its owner stays
            value, chosen_by = proposal.wanted, proposal.agent
            expires_at_ns, once = proposal.expires_at_ns, proposal.once
    return Decision(
        point=point.name,
        value=_inside(value, left[-1]),
        tick=tick,
        chosen_by=chosen_by,
        narrowed_by=tuple(steps),
        expires_at_ns=expires_at_ns,
        trace=trace,
        once=once,
    )


def envelope(limits: tuple[float, float], *, on: str = "") -> Narrowing:
    """Return the first step of every arbitration."""
    return Narrowing(
        agent="envelope",
        priority=int(Priority.ENVELOPE),
        low=limits[0] if math.isfinite(limits[0]) else None,
        high=limits[1] if math.isfinite(limits[1]) else None,
        reason="rating of the asset",
        on=on,
    )


def bounds(proposal: Proposal) -> tuple[float, float]:
    """Return what a proposal leaves; a wish without bounds leaves exactly itself."""
    if proposal.low is None and proposal.high is None and proposal.wanted is not None:
        return proposal.wanted, proposal.wanted
    low = float("-inf") if proposal.low is None else proposal.low
    high = float("inf") if proposal.high is None else proposal.high
    return low, high


def _inside(value: float, left: tuple[float, float]) -> float:
    return min(max(value, left[0]), left[1])


def narrowing(proposal: Proposal, interval: tuple[float, float], *, on: str = "") -> Narrowing:
    """Return the step in which a proposal left an interval."""
    return Narrowing(
        agent=proposal.agent,
        priority=int(proposal.priority),
        low=interval[0] if math.isfinite(interval[0]) else None,
        high=interval[1] if math.isfinite(interval[1]) else None,
        reason=proposal.reason,
        wanted=proposal.wanted,
        rung=proposal.rung,
        evidence=proposal.evidence,
        on=on,
    )


def _safe(
    point: Point,
    steps: list[Narrowing],
    left: list[tuple[float, float]],
    late: Proposal,
    *,
    tick: int,
    trace: str,
) -> Decision:
    """Decide for the safe value, naming the two proposals that exclude each other."""
    low, high = bounds(late)
    which = next(number for number, one in enumerate(left) if one[0] > high or one[1] < low)
    against, others = steps[which], left[which]
    assert point.writing is not None  # noqa: S101 - only writable points are arbitrated
    safe = _inside(point.writing.safe_value, left[0])
    text = (
        f"{late.agent} wants {point.name} in [{low:g}, {high:g}] {point.unit}, "
        f"{against.agent} leaves [{others[0]:g}, {others[1]:g}] {point.unit}; safe value {safe:g} wins"
    )
    return Decision(
        point=point.name,
        value=safe,
        tick=tick,
        chosen_by="safe_set",
        narrowed_by=(*steps, narrowing(late, (low, high))),
        expires_at_ns=late.expires_at_ns,
        trace=trace,
        conflict=Conflict(agents=(against.agent, late.agent), text=text),
    )
