"""How long an act may hold: one table for the door, the HTTP API and the page's dialogs."""

from __future__ import annotations

from typing import Final

from kernel.instruction import OnOrder

LONGEST_S: Final = 30 * 86_400
"""An instruction for a time holds thirty days at the most, seconds."""
LONGEST_SHELVED_S: Final = 86_400
"""An alarm is shelved for a day at the most, seconds; what takes longer is taken out of service."""
TIMED: Final = frozenset({OnOrder.PLAN, OnOrder.DEFER})
"""What is done with an order until a time."""
