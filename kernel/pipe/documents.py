"""Documents that agents publish: the newest of each kind stands in the state. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kernel.alarm import Alarm, AlarmState
from kernel.finding import Assessment
from kernel.forecast import Forecast
from kernel.pipe.state import PipeState
from kernel.plan import Plan
from kernel.ports import Published
from kernel.repair import RepairOrder


def kept_documents(state: PipeState, documents: Iterable[Published]) -> PipeState:
    """Keep the newest document of each kind for each point or asset."""
    forecasts, plans = dict(state.forecasts), dict(state.plans)
    assessments, orders, alarms = dict(state.assessments), dict(state.orders), dict(state.alarms)
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
            case Alarm():
                alarms.pop(document.id, None)
                if document.state is not AlarmState.NORMAL or document.blind:
                    alarms[document.id] = document
            case _:  # a finding is an event: it stands in the journal, not in the state
                pass
    if not changed:
        return state
    return msgspec.structs.replace(
        state, forecasts=forecasts, plans=plans, assessments=assessments, orders=orders, alarms=alarms
    )
