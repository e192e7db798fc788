"""Publishing: what an agent may tell others, in its own name and of what its site lets it see.

Pure. Alarms are the gateway's alone: whoever could publish one could end that of another, or prove with a
canary of his own that alarms come through.
"""

from __future__ import annotations

from collections.abc import Mapping

from kernel.alarm import Alarm
from kernel.finding import Assessment, Finding
from kernel.forecast import Forecast
from kernel.plan import Plan
from kernel.ports import Published
from kernel.repair import RepairOrder
from kernel.schedule.loop import ControlLoop
from kernel.site import Site


def wrong_documents(
    documents: tuple[Published, ...], loop: ControlLoop, site: Site, orders: Mapping[str, RepairOrder]
) -> tuple[str, ...]:
    """Say of each document why its agent may not publish it; empty where it may.

    Args:
        documents: what one step published.
        loop: of the agent.
        site: the substation.
        orders: open repair orders by id; none becomes one of another asset.
    """
    if not documents:
        return ()
    points = {point.name for point in site.points if point.source == f"agent:{loop.name}"}
    points |= loop.capability.read | loop.capability.propose
    assets = {point.partition("/")[0] for point in points}
    return tuple(_wrong(one, loop, points, assets, orders) for one in documents)


def _wrong(
    document: Published,
    loop: ControlLoop,
    points: set[str],
    assets: set[str],
    orders: Mapping[str, RepairOrder],
) -> str:
    match document:
        case Alarm():
            return f"an alarm ({document.id}): alarms are raised and ended by the gateway alone"
        case Plan() if document.maker != loop.agent.name:
            return f"a plan in the name of {document.maker}"
        case Plan() | Forecast() if document.point not in points:
            return f"a {type(document).__name__.lower()} of {document.point}, which it neither reads nor sets"
        case Assessment() | Finding() | RepairOrder() if document.asset not in assets:
            return f"evidence or work about {document.asset}, of which it neither reads nor sets a point"
        case RepairOrder() if document.id in orders and orders[document.id].asset != document.asset:
            return f"a repair order {document.id}, which is one of {orders[document.id].asset}"
        case _:
            return ""
