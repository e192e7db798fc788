"""Loosening: what one verdict lets through that another one held back.

Pure. It looks at what was judged, not at how the rules are written: two texts that judge alike loosen
nothing, one changed number may.
"""

from __future__ import annotations

import math
from typing import assert_never

from kernel.verdict import Allow, Ask, Clamp, Deny, Verdict


def loosens(was: Verdict, would: Verdict) -> bool:
    """Tell whether a verdict lets a command through that another one held back, or further than it.

    >>> loosens(Deny(rule="r", reason="", revision="1"), Allow(revision="2"))
    True
    >>> loosens(Allow(revision="1"), Deny(rule="r", reason="", revision="2"))
    False
    """
    match was:
        case Allow():
            return False
        case Deny():
            return not isinstance(would, Deny)
        case Ask():
            return isinstance(would, Allow | Clamp) or (isinstance(would, Ask) and _asks_less(was, would))
        case Clamp():
            return isinstance(would, Allow) or (isinstance(would, Clamp) and _is_wider(was, would))
        case _:
            assert_never(was)


def _asks_less(was: Ask, would: Ask) -> bool:
    """Tell whether fewer people, other people or a wider agreement would do."""
    other_people = bool(was.roles) and (not would.roles or not {*would.roles} <= {*was.roles})
    return (
        would.approvals < was.approvals
        or other_people
        or would.holds_s > was.holds_s
        or _covers_more(was, would)
    )


def _covers_more(was: Ask, would: Ask) -> bool:
    """Tell whether an agreement would cover values that it did not; a missing end is the value asked for."""
    if was.low is None or was.high is None:
        return (was.low is None and would.low is not None) or (was.high is None and would.high is not None)
    return (would.low is not None and would.low < was.low) or (
        would.high is not None and would.high > was.high
    )


def _is_wider(was: Clamp, would: Clamp) -> bool:
    """Tell whether bounds let a value through that they did not; a missing end does not bound."""
    low = (-math.inf if one.low is None else one.low for one in (was, would))
    high = (math.inf if one.high is None else one.high for one in (was, would))
    (was_low, would_low), (was_high, would_high) = low, high
    return would_low < was_low or would_high > was_high


def in_words(verdict: Verdict) -> str:
    """Say a verdict in a word or two.

    >>> in_words(Clamp(rule="r", reason="", revision="1", high=5.0))
    'clamp to -inf .. 5'
    """
    match verdict:
        case Allow():
            return "allow"
        case Clamp():
            low = -math.inf if verdict.low is None else verdict.low
            high = math.inf if verdict.high is None else verdict.high
            return f"clamp to {low:g} .. {high:g}"
        case Deny():
            return "deny"
        case Ask():
            return f"ask {verdict.approvals}"
        case _:
            assert_never(verdict)
