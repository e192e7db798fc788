"""What the poll classes of a register map mean in seconds."""

from __future__ import annotations

from typing import Final

from drivers.modbus.entry import Poll

PERIOD_S: Final = {Poll.FAST: 0.0, Poll.NORMAL: 0.0, Poll.SLOW: 30.0, Poll.STATIC: 600.0}
"""Operational seconds between two requests of each class; 0 means every poll."""
MISSED: Final = 2.5
"""Periods of its class after which a value is old: two requests may be missed."""


def stale_s(poll: Poll, declared_s: float) -> float:
    """Return the age at which a value of a class counts as old, seconds: never before it could be read again.

    >>> stale_s(Poll.NORMAL, 10.0), stale_s(Poll.SLOW, 10.0), stale_s(Poll.STATIC, 10.0)
    (10.0, 75.0, 1500.0)
    """
    return max(declared_s, MISSED * PERIOD_S[poll])
