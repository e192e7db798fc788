"""Which right an act takes: an action on a kind of object, in the words of the policy of rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from kernel.instruction import (
    AgentChange,
    AlarmAct,
    Approval,
    BundleAct,
    Change,
    ClaimQuestion,
    HandBack,
    HandOver,
    Instruction,
    LegalHold,
    OnAlarm,
    OnOrder,
    OrderAct,
    Override,
    PointMode,
    Reply,
)
from kernel.shell.wire import Instruct, PutRequest

_ALARM: Final[Mapping[OnAlarm, str]] = {
    OnAlarm.ACKNOWLEDGE: "acknowledge",
    OnAlarm.SHELVE: "shelve",
    OnAlarm.UNSHELVE: "shelve",
    OnAlarm.TAKE_OUT: "take_out",
    OnAlarm.PUT_BACK: "take_out",
}
_ORDER: Final[Mapping[OnOrder, str]] = {
    OnOrder.CLAIM: "claim",
    OnOrder.RELEASE: "claim",
    OnOrder.PLAN: "plan",
    OnOrder.DEFER: "defer",
    OnOrder.REJECT: "reject",
    OnOrder.DONE: "plan",
}


def right_of(request: Instruct | PutRequest) -> tuple[str, str]:
    """Return action and kind of object.

    >>> right_of(PutRequest(point="bat/setpoint", value=1.0, person="p", reason="r"))
    ('command', 'point')
    """
    return ("command", "point") if isinstance(request, PutRequest) else _of(request.instruction)


def _of(told: Instruction) -> tuple[str, str]:  # noqa: C901, PLR0911 - one line a kind
    match told:
        case Approval() | Reply() | ClaimQuestion():
            return "approve", "question"
        case PointMode():
            return "mode", "point"
        case Override() | HandBack():
            return "override", "point"
        case AgentChange(change=Change.RESTART):
            return "restart", "agent"
        case AgentChange():
            return "suspend", "agent"
        case AlarmAct():
            return _ALARM[told.act], "alarm"
        case OrderAct():
            return _ORDER[told.act], "repair_order"
        case HandOver():
            return "hand_over", "shift"
        case BundleAct():
            return told.step.value, "policy"
        case LegalHold():
            return "hold", "audit"
