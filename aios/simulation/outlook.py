"""What would come: the answer to a what-if, apart from the real run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aios.simulation.asked import Act
from aios.simulation.running import Running
from aios.simulation.state import State
from aios.simulation.turning import Turning
from kernel.request import Requested


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outlook:
    """The continuation of a run under some commands, from its present state.

    It is the same world with the same seed, so it knows the weather and the loads to come: what it says is
    what will be if these commands are given and no others. A controller that decides by it has foresight
    that no gateway has.
    """

    states: tuple[State, ...]
    """One after each step."""
    kpis: Mapping[str, float | None]
    """Of the whole run until the end of the what-if."""
    gained: Mapping[str, float | None]
    """What of the KPIs came in the what-if alone: their increase; None where one of both is not known."""
    answers: Mapping[str, Requested]
    """What became of each command, by point."""
    ticks: str
    """Digest over all ticks until its end: that of the real run, where these commands are given to it."""
    seconds: float = 0.0
    """What the what-if took, real seconds."""

    @property
    def state(self) -> State:
        """The last state."""
        return self.states[-1]


def lived(
    running: Running,
    acts: Sequence[Act],
    ticks: int,
    turning: Turning,
    sign: Callable[[], None] = lambda: None,
) -> Outlook:
    """Ask for things, live on by some ticks, and tell what came of it.

    Args:
        running: a run that nobody needs afterwards.
        acts: what is asked at its present moment.
        ticks: how far.
        turning: the loop that does it.
        sign: called after each tick.
    """
    before, states = running.kpis(), []
    for act in acts:
        running.ask(act)
    for _ in range(ticks):
        turning.run(running.step())
        states.append(running.state())
        sign()
    after = running.kpis()
    return Outlook(
        states=tuple(states),
        kpis=after,
        gained=increase(before, after),
        answers={act.asked.point: running.answers.requests[act.asked.key] for act in acts},
        ticks=running.ticks,
    )


def increase(
    before: Mapping[str, float | None], after: Mapping[str, float | None]
) -> dict[str, float | None]:
    """Return by how much KPIs have grown; None where one of both is not known.

    >>> increase({"loss_kwh": 1.0, "peak_kw": None}, {"loss_kwh": 1.5, "peak_kw": 9.0})
    {'loss_kwh': 0.5, 'peak_kw': None}
    """
    return {name: _less(value, before.get(name)) for name, value in after.items()}


def _less(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else after - before
