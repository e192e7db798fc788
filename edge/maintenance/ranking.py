"""The order of a repair list: by what a day of waiting costs, steady against noise, with why they moved.

`kernel.repair.ranked` is the plain sort. Here a neighbour overtakes only when it is dearer by a clear share,
so that two orders of about the same cost do not change places with every new reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from kernel.repair import RepairOrder

CLEARLY: Final = 1.25
"""An order overtakes when a day of its waiting costs this many times its neighbour's; ours."""


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """Open orders in their places, and why places changed since the ranking before."""

    orders: tuple[RepairOrder, ...]
    moved: dict[str, str] = {}
    """Reason by order id, for orders that stand elsewhere than before."""

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids in rank order: what the next ranking starts from."""
        return tuple(order.id for order in self.orders)


def rank(orders: Sequence[RepairOrder], before: Ranking | None = None) -> Ranking:
    """Rank the open orders, starting from the places they had.

    Args:
        orders: newest state of each order, in any sequence; closed ones leave the list.
        before: the ranking people saw last; None for a first one.

    Orders that are new enter where their cost belongs. Then neighbours change places until none is clearly
    dearer than the one above it. The cost per day falls by `CLEARLY` at every exchange, so this ends.
    """
    seen = {} if before is None else {order.id: order for order in before.orders}
    place = {order: index for index, order in enumerate(seen)}
    open_now = [order for order in orders if order.state == "open"]
    kept = sorted((o for o in open_now if o.id in place), key=lambda order: place[order.id])
    for order in sorted((o for o in open_now if o.id not in place), key=_cost_then_time):
        above = sum(_cost_then_time(other) <= _cost_then_time(order) for other in kept)
        kept.insert(above, order)
    _exchange(kept)
    placed = tuple(msgspec.structs.replace(order, rank=index) for index, order in enumerate(kept, 1))
    return Ranking(orders=placed, moved={} if before is None else _moves(placed, seen))


def _cost_then_time(order: RepairOrder) -> tuple[float, int, str]:
    return -order.cost_per_day.median, order.decide_by_ns, order.id


def _exchange(orders: list[RepairOrder]) -> None:
    """Let each order rise past neighbours that are clearly cheaper, in place."""
    changed = True
    while changed:
        changed = False
        for index in range(1, len(orders)):
            above, below = orders[index - 1], orders[index]
            if below.cost_per_day.median > CLEARLY * above.cost_per_day.median:
                orders[index - 1], orders[index] = below, above
                changed = True


def _moves(placed: Sequence[RepairOrder], seen: dict[str, RepairOrder]) -> dict[str, str]:
    return {
        order.id: _why(order, seen.get(order.id))
        for order in placed
        if order.id not in seen or seen[order.id].rank != order.rank
    }


def _why(order: RepairOrder, earlier: RepairOrder | None) -> str:
    now = order.cost_per_day.median
    if earlier is None:
        return f"new: waiting costs {now:.0f} a day"
    was, step = earlier.cost_per_day.median, earlier.rank - order.rank
    way = f"{'up' if step > 0 else 'down'} {abs(step)}"
    if max(now, was) > CLEARLY * min(now, was):
        return f"{way}: waiting costs {now:.0f} a day, was {was:.0f}"
    return f"{way}: others changed, waiting still costs about {now:.0f} a day"
