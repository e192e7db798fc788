"""Which acts a repair order offers: by where its work stands; who has claimed it is the gateway's to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aios.control_room.acts.offer import Offer, path_of
from edge.access.limits import TIMED
from edge.access.right import right_to
from kernel.dispatch import WorkStage
from kernel.instruction import OnOrder
from kernel.repair import RepairOrder

_WORDS: Final[Mapping[OnOrder, tuple[str, str]]] = {
    OnOrder.CLAIM: ("Claim", "c"),
    OnOrder.PLAN: ("Plan…", "p"),
    OnOrder.DEFER: ("Defer…", "d"),
    OnOrder.REJECT: ("Reject…", "r"),
    OnOrder.DONE: ("Done", "n"),
    OnOrder.RELEASE: ("Release", "l"),
}
_UNDECIDED: Final = (OnOrder.CLAIM, OnOrder.PLAN, OnOrder.DEFER, OnOrder.REJECT)
_HELD: Final = (OnOrder.PLAN, OnOrder.DONE, OnOrder.DEFER, OnOrder.REJECT, OnOrder.RELEASE)
_OFFERED: Final[Mapping[WorkStage, tuple[OnOrder, ...]]] = {
    WorkStage.OPEN: _UNDECIDED,
    WorkStage.BACK: _UNDECIDED,
    WorkStage.CLAIMED: _HELD,
    WorkStage.PLANNED: _HELD,
    WorkStage.DEFERRED: (OnOrder.CLAIM,),
    WorkStage.REJECTED: (OnOrder.CLAIM,),
    WorkStage.DONE: (OnOrder.CLAIM,),
}


def order_offers(order: RepairOrder, stage: WorkStage) -> tuple[Offer, ...]:
    """Return what can be done with an order, the usual first."""
    return tuple(
        Offer(
            action=right_to(act).action,
            word=_WORDS[act][0],
            key=_WORDS[act][1],
            path=path_of("repair-orders", order.id, act.value),
            about=f"{order.asset}: {order.title}",
            asks=("for_s",) if act in TIMED else (),
        )
        for act in _OFFERED.get(stage, ())
    )
