"""Sight: what the agents of a tick may see of it, and what the kernel keeps and carries for them.

Pure. Agents look at much the same points: each is looked up once a tick, whoever declares it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final, Self

import msgspec
import numpy as np

from kernel.capability import NOTHING
from kernel.image import IntervalMean, Reading, View
from kernel.ladder import Level
from kernel.pipe.ladder import Ladder
from kernel.pipe.modes import accepted
from kernel.pipe.state import PipeState
from kernel.point import NANOSECONDS
from kernel.quality import BLOCKED, INVALID
from kernel.schedule.loop import ControlLoop
from kernel.site import Site

_TURNS: Final = 64
"""Groups of agents whose points are kept: which of them step together repeats itself."""


class Sight(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What the agents of one tick declare to read, each point once."""

    site: Site
    state: PipeState
    run: str
    """Name of the run: part of the trace of every view."""
    readings: Mapping[str, Reading]
    means: Mapping[str, IntervalMean]

    @classmethod
    def of(cls, site: Site, state: PipeState, loops: Iterable[ControlLoop], run: str = "") -> Self:
        """Look up in a state what the agents of some loops declare."""
        names = _each_once(tuple([tuple(loop.agent.reads) for loop in loops]))
        rows = np.array([site.row[name] for name in names], dtype=np.intp)
        return cls(
            site=site,
            state=state,
            run=run,
            readings=dict(zip(names, state.image.readings(rows), strict=True)),
            means=dict(zip(names, state.intervals.means(rows), strict=True)),
        )

    def view(self, loop: ControlLoop, allowed: Level = Level.MODEL) -> View:
        """Cut out what one of these agents may see; where only a rule is left, no forecast is shown."""
        state, image = self.state, self.state.image
        names, may, kept = loop.agent.reads, loop.capability.read, state.agencies.get(loop.name, NOTHING)
        readings = {
            name: self.readings[name] if name in may else _withheld(self.readings[name]) for name in names
        }
        return View(
            tick=image.tick,
            now_ns=image.now_ns,
            readings=accepted(self.site, readings, state.modes),
            means={name: self.means[name] for name in names if name in may},
            forecasts={}
            if allowed >= Level.RULE
            else {name: state.forecasts[name] for name in names if name in state.forecasts and name in may},
            deadline_ns=image.now_ns + round(loop.deadline_s * NANOSECONDS),
            budget_ms=loop.budget_ms or 0.0,
            trace=f"{self.run}-{image.tick}-{loop.name}",
            stored=kept.stored,
            answers=kept.answers,
            inferences=kept.inferences,
            rung=allowed.word,
        )


@lru_cache(maxsize=_TURNS)
def _each_once(reads: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    """Return what several agents read, each point once."""
    return tuple(dict.fromkeys(chain.from_iterable(reads)))


def view_of(sight: Sight, ladder: Ladder | None, loop: ControlLoop) -> View:
    """Cut the view of an agent, with the rung that the conditions leave it; without a ladder the highest."""
    return sight.view(loop, Level.MODEL if ladder is None else ladder.allowed(sight.state, loop.name))


def _withheld(reading: Reading) -> Reading:
    """Show a point that the site does not leave an agent as a hole that is blocked on purpose."""
    return msgspec.structs.replace(reading, value=0.0, quality=INVALID | BLOCKED)
