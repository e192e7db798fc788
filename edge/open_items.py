"""What is open when a shift ends: counted by the gateway, so that no note forgets it."""

from __future__ import annotations

from kernel.alarm import AlarmState
from kernel.dispatch import WANTING, Dispatch, WorkStage
from kernel.instruction import OpenItems
from kernel.pipe.state import PipeState
from kernel.question import OPEN


def open_items(state: PipeState) -> OpenItems:
    """Count what waits for people in a state."""
    alarms = [one.state for one in state.alarms.values()]
    orders = [one for one in state.orders.values() if one.state == "open"]
    work = [_stage(state.dispatches.get(one.id)) for one in orders]
    return OpenItems(
        alarms_unacknowledged=alarms.count(AlarmState.UNACKNOWLEDGED) + alarms.count(AlarmState.RETURNED),
        alarms_shelved=alarms.count(AlarmState.SHELVED),
        alarms_out_of_service=alarms.count(AlarmState.OUT_OF_SERVICE),
        orders_undecided=sum(stage in WANTING for stage in work),
        orders_planned=work.count(WorkStage.PLANNED),
        questions=sum(one.stage in OPEN for one in state.asked.values()),
        overrides=len(state.overrides),
        points_not_normal=len(state.modes),
        agents_suspended=len(state.suspended),
    )


def _stage(known: Dispatch | None) -> WorkStage:
    return WorkStage.OPEN if known is None else known.stage
