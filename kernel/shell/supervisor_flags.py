"""Flags of a supervisor: who is started again with a child that ended, how often, and when all is over.

The words and the defaults are those of Erlang/OTP (`supervisor`, `sup_flags`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

INTENSITY: Final = 1
PERIOD_S: Final = 5.0


class Strategy(Enum):
    """Who is started again with a child that ended."""

    ONE_FOR_ONE = "one_for_one"
    """Only itself."""
    ONE_FOR_ALL = "one_for_all"
    """All children."""
    REST_FOR_ONE = "rest_for_one"
    """Itself and the children that were started after it."""


class AutoShutdown(Enum):
    """Whether the end of significant children ends the supervisor."""

    NEVER = "never"
    ANY_SIGNIFICANT = "any_significant"
    ALL_SIGNIFICANT = "all_significant"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """How a supervisor deals with its children; the defaults are those of OTP."""

    strategy: Strategy = Strategy.ONE_FOR_ONE
    intensity: int = INTENSITY
    """Restarts that are allowed in a period."""
    period_s: float = PERIOD_S
    auto_shutdown: AutoShutdown = AutoShutdown.NEVER
