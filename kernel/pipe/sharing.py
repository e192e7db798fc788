"""Sharing: wishes for several nodes of a tree are met together, as far as what is left admits.

Pure. The fair rule: where a sum cannot take all that is wished of its parts, those that have no wish give
way first, then every wished part gives way in proportion to its remaining headroom, the distance from its
wish to the end of what it can reach. A wish for a sum goes before the wishes for its parts. One pass up,
one pass down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from kernel.pipe.feasible import Feasible, Interval, inside, over, times, total


def share(left: Feasible, wishes: Mapping[int, float]) -> dict[int, float]:
    """Return the value of every wished node: its wish, or as near as the fair rule admits."""
    desired = _desired(left, wishes)
    root = len(left.reach) - 1
    granted, met = {root: left.reach[root]}, {}
    for place in range(root, -1, -1):
        if place not in desired:
            continue
        if place in wishes:
            met[place] = inside(wishes[place], granted[place])
            granted[place] = (met[place], met[place])
        if left.tree.nodes[place].children:
            granted |= _shared(left, place, granted[place], desired)
    return met


def _desired(left: Feasible, wishes: Mapping[int, float]) -> dict[int, Interval]:
    """Return, for every node with a wish at or below it, the values that meet these wishes."""
    desired: dict[int, Interval] = {}
    for place, node in enumerate(left.tree.nodes):
        reach = left.reach[place]
        if place in wishes:
            value = inside(wishes[place], reach)
            desired[place] = (value, value)
        elif any(child in desired for child, _ in node.children):
            low, high = total([times(w, desired.get(at, left.reach[at])) for at, w in node.children])
            desired[place] = (inside(low, reach), inside(high, reach))
    return desired


def _shared(
    left: Feasible, place: int, granted: Interval, desired: Mapping[int, Interval]
) -> dict[int, Interval]:
    """Divide what a sum is granted among those of its parts that are wished for."""
    children = left.tree.nodes[place].children
    firm = [(at, weight) for at, weight in children if at in desired]
    slack = total([times(weight, left.reach[at]) for at, weight in children if at not in desired])
    low, high = granted[0] - slack[1], granted[1] - slack[0]
    wanted = [times(weight, desired[at]) for at, weight in firm]
    rooms = [times(weight, left.reach[at]) for at, weight in firm]
    want_low, want_high = total(wanted)
    if low <= want_low and want_high <= high:
        return {at: desired[at] for at, _ in firm}
    if want_low > high:
        shares = _given_way([w[0] for w in wanted], [r[0] for r in rooms], want_low - high)
    elif want_high < low:
        shares = _given_way([w[1] for w in wanted], [r[1] for r in rooms], low - want_high)
    else:
        shares = _cut(wanted, (max(low, want_low), min(high, want_high)), (want_low, want_high))
    return {
        at: _clamped(over(weight, share), left.reach[at])
        for (at, weight), share in zip(firm, shares, strict=True)
    }


def _given_way(wanted: list[float], ends: list[float], need: float) -> list[Interval]:
    """Move every part from what is wanted towards its end, all by the same share of their headroom."""
    headroom = math.fsum(abs(end - want) for end, want in zip(ends, wanted, strict=True))
    share = min(1.0, need / headroom) if headroom > 0 else 0.0
    moved = [want + share * (end - want) for want, end in zip(wanted, ends, strict=True)]
    return [(value, value) for value in moved]


def _cut(wanted: list[Interval], kept: Interval, whole: Interval) -> list[Interval]:
    """Leave of every part the same share of its interval, so that whatever they choose the sum is kept."""
    span = whole[1] - whole[0]
    begin, end = (kept[0] - whole[0]) / span, (kept[1] - whole[0]) / span
    return [(low + begin * (high - low), low + end * (high - low)) for low, high in wanted]


def _clamped(interval: Interval, reach: Interval) -> Interval:
    return inside(interval[0], reach), inside(interval[1], reach)
