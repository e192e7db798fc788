"""The agents of the simulations: one of each class, so simple that a judge can say what they should do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aios.testing.small_site import KEEPING, METER, REVERTING, TICK_S
from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Agent, Past, Step
from kernel.proposal import Priority, Proposal
from kernel.schedule.loop import ControlLoop
from kernel.site import Site

GUARDED_KW: Final = 800.0
"""The safety agent leaves the reverting battery this much in both directions."""
_STEP_KW: Final = 50.0
OPTIMISED_S: Final = 60.0


@dataclass(slots=True)
class Follower:
    """Control, on the loop: lets the reverting battery take half of what the meter shows above 300 kW."""

    name: str = "follower"
    reads: tuple[str, ...] = (METER,)
    proposes: tuple[str, ...] = (REVERTING,)

    def start(self, past: Past) -> int:
        """Begin at 0 steps."""
        del past
        return 0

    def step(self, view: View, state: int) -> Step:
        """Want a value where the meter is good, nothing where it is not."""
        power_kw = view.usable(METER)
        if power_kw is None:
            return Step(state=state + 1, rung="hold", why_rung="the meter is not good")
        wish = Proposal(
            agent=self.name,
            point=REVERTING,
            priority=Priority.CONTROL,
            wanted=followed(power_kw),
            reason="half of what is above 300 kW",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + round(4 * TICK_S * NANOSECONDS),
            evidence=(f"{METER}@{view.readings[METER].at_ns}",),
        )
        return Step(state=state + 1, proposals=(wish,))


def followed(power_kw: float) -> float:
    """Return what the follower wants at a reading, kW."""
    return round(0.5 * (power_kw - 300.0) / _STEP_KW) * _STEP_KW


@dataclass(slots=True)
class Guard:
    """Safety, on the loop: bounds the reverting battery."""

    name: str = "guard"
    reads: tuple[str, ...] = (METER,)
    proposes: tuple[str, ...] = (REVERTING,)

    def start(self, past: Past) -> int:
        """Begin at 0 steps."""
        del past
        return 0

    def step(self, view: View, state: int) -> Step:
        """Bound, whatever the meter shows."""
        bound = Proposal(
            agent=self.name,
            point=REVERTING,
            priority=Priority.SAFETY,
            low=-GUARDED_KW,
            high=GUARDED_KW,
            reason="what the cable bears",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + round(3 * TICK_S * NANOSECONDS),
        )
        return Step(state=state + 1, proposals=(bound,))


@dataclass(slots=True)
class Optimiser:
    """Operation, in a worker: moves the keeping battery every few minutes."""

    name: str = "optimiser"
    reads: tuple[str, ...] = (METER, KEEPING)
    proposes: tuple[str, ...] = (KEEPING,)

    def start(self, past: Past) -> int:
        """Begin at 0 steps."""
        del past
        return 0

    def step(self, view: View, state: int) -> Step:
        """Want a value for two of its periods; in every fifth period nothing, so that the point goes safe."""
        period = view.now_ns // round(OPTIMISED_S * NANOSECONDS)
        if period % 5 == 0:
            return Step(state=state + 1, rung="hold", why_rung="nothing to gain")
        wish = Proposal(
            agent=self.name,
            point=KEEPING,
            priority=Priority.OPERATION,
            wanted=float(period % 7 - 3) * 100.0,
            reason="a better plan",
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + round(1.2 * OPTIMISED_S * NANOSECONDS),
        )
        return Step(state=state + 1, proposals=(wish,))


def small_loops(site: Site) -> tuple[ControlLoop, ...]:
    """Return the loops of the small site."""
    del site
    guard, follower, optimiser = Guard(), Follower(), Optimiser()
    return (
        _loop(guard, TICK_S, "safety"),
        _loop(follower, TICK_S, "control"),
        _loop(optimiser, OPTIMISED_S, "operation"),
    )


def small_crew() -> dict[str, Agent]:
    """Return the agents that run in the worker."""
    return {"optimiser": Optimiser()}


def _loop(agent: Agent, period_s: float, priority: str) -> ControlLoop:
    return ControlLoop(
        name=agent.name, agent=agent, period_s=period_s, deadline_s=period_s, priority=priority
    )
