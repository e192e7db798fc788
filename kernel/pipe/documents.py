"""Documents that agents publish: the newest of each kind stands in the state. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kernel.finding import Assessment
from kernel.forecast import Forecast
from kernel.pipe.state import PipeState
from kernel.plan import Plan
from kernel.ports import Published
from kernel.repair import RepairOrder


def kept_documents(state: PipeState, documents: Iterable[Published]) -> PipeState:
    """Keep the newest document of each kind for each point or asset."""
    forecasts, plans = dict(state.forecasts), dict(state.plans)
    assessments, orders = dict(state.assessments), dict(state.orders)
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
            case _:  # a finding is an event: it stands in the journal, not in the state
                pass
    if not changed:
        return state
    return msgspec.structs.replace(
        state, forecasts=forecasts, plans=plans, assessments=assessments, orders=orders
    )
