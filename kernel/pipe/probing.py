"""Probing: the gate is asked about nothing while it is away and nobody wants anything of it.

Pure. Agents that a failed gate has put on `hold` bring nothing new, so no question of theirs can show that
the gate is well again. Therefore the kernel asks, once in `GATE_PROBE_S`, with no command in the request: the
answer is believed like any other and is an input of the tick, so that a replay is exact. It permits nothing.
"""

from __future__ import annotations

from typing import Final

import msgspec

from kernel.pipe.tick import Draft
from kernel.point import NANOSECONDS
from kernel.ports import GateRequest

GATE_PROBE_S: Final = 10.0
"""A gate that failed is asked again after this time where nobody else asks, operational seconds."""
HEALTH: Final = "health"
"""Occasion of a request that asks only whether the gate is there."""


def probed(draft: Draft, revision: str) -> Draft:
    """Ask a gate that failed whether it is back, where it is time and nothing needs a permit.

    Args:
        draft: of the tick.
        revision: policy revision that is expected to answer.
    """
    state, now_ns = draft.after, draft.outputs.now_ns
    is_time = now_ns - state.gate_failed_ns >= GATE_PROBE_S * NANOSECONDS
    if draft.request is not None or not state.gate_failure or not is_time:
        return draft
    question = GateRequest(
        tick=draft.outputs.tick,
        now_ns=draft.wall_ns,
        commands=(),
        readings={},
        occasion=HEALTH,
        revision=revision,
    )
    return msgspec.structs.replace(draft, request=question)
