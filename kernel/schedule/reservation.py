"""A reservation: what admission has set aside for a run, and the scheduler holds it to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

STEP_OVERHEAD_MS: Final = 0.2
"""Real milliseconds around a step: cutting its view out of the image, admitting what it gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """Real milliseconds."""

    budgets_ms: Mapping[str, float] = field(default_factory=dict)
    """For one step, by loop; where a loop declares a budget of its own, that one counts."""
    tail_ms: float = 0.0
    """For what follows the steps of a tick: gate, commit, queueing, recording."""
