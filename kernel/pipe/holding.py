"""Holding: a span of the journal is held against retention, or let go; no part of the pipe changes by it."""

from __future__ import annotations

import re
from typing import Final, TypeVar

from kernel.instruction import LegalHold, Unfit

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
State = TypeVar("State")


def hold(state: State, told: LegalHold) -> State | Unfit:
    """Return the state as it is, or why the word cannot be taken; the journal itself remembers holds."""
    if not NAME.fullmatch(told.name):
        return Unfit("a hold has a name of lower-case letters, digits, dots and dashes, 64 at the most")
    if told.until_ns and told.until_ns <= told.from_ns:
        return Unfit("a hold ends after it begins")
    return state
