"""What people told the gateway for a time: heard, in force, and over.

Pure. Instructions take effect before anything is read; what has run out ends in the same tick.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

import msgspec

from kernel.instruction import Instructed, Lasting, Override, PointMode
from kernel.pipe.dispatching import work_goes_on
from kernel.pipe.instruct import instruct
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Inputs
from kernel.schedule.loop import ControlLoop
from kernel.site import Site

Told = TypeVar("Told", PointMode, Override)


def instructed(
    site: Site, loops: Sequence[ControlLoop], before: PipeState, inputs: Inputs
) -> tuple[PipeState, tuple[Instructed, ...], tuple[Lasting, ...]]:
    """Return the state after the instructions of a tick, what became of each, and what has run out."""
    if not (inputs.instructions or before.modes or before.overrides or before.dispatches):
        return before, (), ()
    state, told = instruct(site, before, inputs.instructions, agents=[loop.name for loop in loops])
    state = work_goes_on(state, before.dispatches, inputs.now_ns)
    modes = _over(state.modes, inputs.now_ns)
    overrides = _over(state.overrides, inputs.now_ns)
    if not (modes or overrides):
        return state, told, ()
    left = msgspec.structs.replace(
        state, modes=_without(state.modes, modes), overrides=_without(state.overrides, overrides)
    )
    return left, told, (*modes.values(), *overrides.values())


def _over(standing: Mapping[str, Told], now_ns: int) -> dict[str, Told]:
    return {name: told for name, told in standing.items() if 0 < told.until_ns <= now_ns}


def _without(standing: Mapping[str, Told], over: Mapping[str, Told]) -> dict[str, Told]:
    return {name: told for name, told in standing.items() if name not in over}
