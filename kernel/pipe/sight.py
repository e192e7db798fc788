"""Sight: what one agent may see of a tick, and what the kernel keeps and carries for it.

Pure.
"""

from __future__ import annotations

import msgspec

from kernel.capability import NOTHING
from kernel.image import Reading, View
from kernel.ladder import Level
from kernel.pipe.ladder import Ladder
from kernel.pipe.modes import accepted
from kernel.pipe.state import PipeState
from kernel.point import NANOSECONDS
from kernel.quality import BLOCKED, INVALID
from kernel.schedule.loop import ControlLoop
from kernel.site import Site


def view_of(site: Site, state: PipeState, ladder: Ladder | None, run: str, loop: ControlLoop) -> View:
    """Cut the view of an agent, with the rung that the conditions leave it; without a ladder the highest."""
    allowed = Level.MODEL if ladder is None else ladder.allowed(state, loop.name)
    return see(site, loop, state, allowed, run)


def see(site: Site, loop: ControlLoop, state: PipeState, allowed: Level = Level.MODEL, run: str = "") -> View:
    """Cut out of the state what one agent may see; where only a rule is left, no forecast is shown."""
    image, intervals = state.image, state.intervals
    names, may, kept = loop.agent.reads, loop.capability.read, state.agencies.get(loop.name, NOTHING)
    rows = [site.row[name] for name in names]
    readings = dict(zip(names, image.readings(rows), strict=True))
    for name in [name for name in names if name not in may]:
        readings[name] = _withheld(readings[name])
    return View(
        tick=image.tick,
        now_ns=image.now_ns,
        readings=accepted(site, readings, state.modes),
        means={name: mean for name, mean in zip(names, intervals.means(rows), strict=True) if name in may},
        forecasts={}
        if allowed >= Level.RULE
        else {name: state.forecasts[name] for name in names if name in state.forecasts and name in may},
        deadline_ns=image.now_ns + round(loop.deadline_s * NANOSECONDS),
        budget_ms=loop.budget_ms or 0.0,
        trace=f"{run}-{image.tick}-{loop.name}",
        stored=kept.stored,
        answers=kept.answers,
        inferences=kept.inferences,
        rung=allowed.word,
    )


def _withheld(reading: Reading) -> Reading:
    """Show a point that the site does not leave an agent as a hole that is blocked on purpose."""
    return msgspec.structs.replace(reading, value=0.0, quality=INVALID | BLOCKED)
