"""The door for instructions: who, why and how long must be said; the gateway sets the times."""

from __future__ import annotations

from typing import Final, TypeVar

import msgspec

from edge.access.limits import LONGEST_S, LONGEST_SHELVED_S, TIMED
from kernel.instruction import AlarmAct, Instruction, OnAlarm, OrderAct, Override, PointMode, Unfit
from kernel.point import NANOSECONDS
from kernel.shell.wire import Instruct, PutRequest

LONGEST_TEXT: Final = 500
"""Characters in a key, a name or a reason."""


Asked = TypeVar("Asked", Instruct, PutRequest)
SOCKET: Final = "socket"
"""Way of a person for whom nobody vouches: whoever may open the gateway's socket."""


def unvouched(request: Asked) -> Asked:
    """Return a request as of whoever may open the socket: how they are known is not theirs to say."""
    if isinstance(request, PutRequest):
        return msgspec.structs.replace(request, way=SOCKET, sign_in="")
    told = msgspec.structs.replace(request.instruction, way=SOCKET, sign_in="")
    return msgspec.structs.replace(request, instruction=told)


def stamped(request: Instruct, *, now_ns: int) -> Instruction | Unfit:
    """Return the instruction with the times at which it begins and ends, or what it lacks."""
    told = request.instruction
    if why := _lack(told) or _unfit_time(told, request.for_s):
        return Unfit(why)
    known = msgspec.structs.replace(told, at_ns=now_ns)
    if not isinstance(known, PointMode | Override | AlarmAct | OrderAct):
        return known
    until_ns = now_ns + round(request.for_s * NANOSECONDS) if request.for_s else 0
    return msgspec.structs.replace(known, until_ns=until_ns)


def _lack(told: Instruction) -> str:
    """Say what is missing of who and why; empty where nothing is."""
    for name in ("key", "person", "reason"):
        text = str(getattr(told, name)).strip()
        if not text:
            return f"an instruction needs a {name}"
        if len(text) > LONGEST_TEXT:
            return f"the {name} is longer than {LONGEST_TEXT} characters"
    return ""


def _unfit_time(told: Instruction, for_s: float) -> str:
    """Say what is wrong with how long it is to hold; empty where nothing is."""
    if not 0 <= for_s <= LONGEST_S:
        return f"an instruction holds for 0 to {LONGEST_S:g} s"
    match told:
        case Override() if not for_s:
            return "an override needs a time after which it ends"
        case AlarmAct(act=OnAlarm.SHELVE) if not 0 < for_s <= LONGEST_SHELVED_S:
            return (
                f"an alarm is shelved for a time of at most {LONGEST_SHELVED_S:g} s; "
                "take it out of service where it takes longer"
            )
        case AlarmAct() if for_s and told.act is not OnAlarm.SHELVE:
            return f"{told.act.value.replace('_', '-')} is not for a time"
        case OrderAct() if bool(for_s) != (told.act in TIMED):
            return f"{told.act.value} {'needs a time' if told.act in TIMED else 'is not for a time'}"
        case _:
            return ""
