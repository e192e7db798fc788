"""The door for instructions: who, why and how long must be said; the gateway sets the times."""

from __future__ import annotations

from typing import Final

import msgspec

from kernel.instruction import Instruction, Override, PointMode, Unfit
from kernel.point import NANOSECONDS
from kernel.shell.wire import Instruct

LONGEST_S: Final = 30 * 86400.0
"""An instruction for a time holds thirty days at the most, seconds."""
LONGEST_TEXT: Final = 500
"""Characters in a key, a name or a reason."""


def stamped(request: Instruct, *, now_ns: int) -> Instruction | Unfit:
    """Return the instruction with the times at which it begins and ends, or what it lacks."""
    told = request.instruction
    for name in ("key", "person", "reason"):
        text = str(getattr(told, name)).strip()
        if not text:
            return Unfit(f"an instruction needs a {name}")
        if len(text) > LONGEST_TEXT:
            return Unfit(f"the {name} is longer than {LONGEST_TEXT} characters")
    if not 0 <= request.for_s <= LONGEST_S:
        return Unfit(f"an instruction holds for 0 to {LONGEST_S:g} s")
    if not isinstance(told, PointMode | Override):
        return msgspec.structs.replace(told, at_ns=now_ns)
    if isinstance(told, Override) and not request.for_s:
        return Unfit("an override needs a time after which it ends")
    until_ns = now_ns + round(request.for_s * NANOSECONDS) if request.for_s else 0
    return msgspec.structs.replace(told, at_ns=now_ns, until_ns=until_ns)
