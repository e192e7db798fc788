"""Documents that agents publish: the newest of each kind stands in the state. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kernel.alarm import Alarm, AlarmState
from kernel.finding import Assessment
from kernel.forecast import Forecast
from kernel.instruction import AlarmAct
from kernel.pipe.alarm_acts import answers
from kernel.pipe.dispatching import heard_order
from kernel.pipe.state import PipeState
from kernel.plan import Plan
from kernel.ports import Published
from kernel.repair import RepairOrder


def kept_documents(state: PipeState, documents: Iterable[Published]) -> PipeState:
    """Keep the newest document of each kind for each point or asset."""
    forecasts, plans = dict(state.forecasts), dict(state.plans)
    assessments, orders, alarms = dict(state.assessments), dict(state.orders), dict(state.alarms)
    acts, work, canary = dict(state.alarm_acts), dict(state.dispatches), state.canary
    changed = False
    for document in documents:
        changed = True
        match document:
            case Forecast():
                forecasts[document.point] = document
            case Plan():
                plans[document.point] = document
            case Assessment():
                assessments[document.asset] = document
            case RepairOrder():
                orders[document.id] = document
                known = heard_order(work.get(document.id), document, document.made_at_ns)
                if known is not None:
                    work[document.id] = known
            case Alarm() if document.is_canary:
                canary = document
            case Alarm():
                _heard_alarm(document, alarms, acts)
            case _:  # a finding is an event: it stands in the journal, not in the state
                pass
    if not changed:
        return state
    return msgspec.structs.replace(
        state,
        forecasts=forecasts,
        plans=plans,
        assessments=assessments,
        orders=orders,
        alarms=alarms,
        canary=canary,
        alarm_acts=acts,
        dispatches=work,
    )


def _heard_alarm(document: Alarm, alarms: dict[str, Alarm], acts: dict[str, AlarmAct]) -> None:
    """Keep an alarm that is not normal, and let go of the act that it answers."""
    alarms.pop(document.id, None)
    if document.state is not AlarmState.NORMAL or document.blind:
        alarms[document.id] = document
    if answers(document, acts.get(document.id)):
        del acts[document.id]
