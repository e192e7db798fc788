"""Which right an act takes: an action on a kind of object, in the words of the policy of rights.

The one table: the door asks it of a request, the HTTP API and the page's buttons of what they let people do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from kernel.instruction import (
    AgentChange,
    AlarmAct,
    Approval,
    BundleAct,
    BundleStep,
    Change,
    ClaimQuestion,
    HandBack,
    HandOver,
    LegalHold,
    OnAlarm,
    OnOrder,
    OrderAct,
    Override,
    PointMode,
    Reply,
)
from kernel.shell.wire import Instruct, PutRequest


class Right(NamedTuple):
    """An action on a kind of object."""

    action: str
    kind: str


Deed = OnAlarm | OnOrder | Change | BundleStep | type
"""What a person does: a member where an instruction has several ways, else the type of what is sent."""
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

_KINDS: Final[Mapping[type, Right]] = {
    PutRequest: Right("command", "point"),
    Approval: Right("approve", "question"),
    Reply: Right("approve", "question"),
    ClaimQuestion: Right("approve", "question"),
    PointMode: Right("mode", "point"),
    Override: Right("override", "point"),
    HandBack: Right("override", "point"),
    HandOver: Right("hand_over", "shift"),
    LegalHold: Right("hold", "audit"),
}


def right_to(deed: Deed) -> Right:
    """Return the right that something takes.

    >>> right_to(OnOrder.DONE), right_to(PutRequest)
    (Right(action='plan', kind='repair_order'), Right(action='command', kind='point'))
    """
    match deed:
        case OnAlarm():
            return Right(_ALARM[deed], "alarm")
        case OnOrder():
            return Right(_ORDER[deed], "repair_order")
        case Change():
            return Right("restart" if deed is Change.RESTART else "suspend", "agent")
        case BundleStep():
            return Right(deed.value, "policy")
        case _:
            return _KINDS[deed]


def right_of(request: Instruct | PutRequest) -> Right:
    """Return the right that a request takes."""
    told = request if isinstance(request, PutRequest) else request.instruction
    match told:
        case AlarmAct() | OrderAct():
            return right_to(told.act)
        case AgentChange():
            return right_to(told.change)
        case BundleAct():
            return right_to(told.step)
        case _:
            return right_to(type(told))
