"""Agents that take time to think: the grid goes on meanwhile, and what comes too late is lost.

Under the virtual clock a step costs no time by itself. Here each step has a cost, declared and drawn from
the run's seed: the same run has the same costs everywhere. A look that begins at one tick gives its
proposals at the first tick after its cost; ticks in between find the agent busy, and their looks are lost.
What is older than its own expiry when it arrives never counts: the arbiter drops it. What comes after the
deadline is late.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from aios.plugins import beside, maker_of
from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Agent, Past, Step
from kernel.site import LoopSpec, Site
from simulators.noise import normal, seed_of


class Thinking(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent that takes time remembers: what it is about to say, and when."""

    inner: Any
    """State of the agent itself after the look that is under way."""
    looked_ns: int = 0
    ready_ns: int = 0
    step: Step | None = None
    """What will be said; None where it is not thinking."""
    rung: str = "model"
    why_rung: str = ""


class _Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    of: str
    """Kind of the agent that thinks."""
    cost_s: float
    spread: float = 0.0
    settings: str = "{}"
    """Its own settings, as JSON: the site file takes plain values only."""


class LateAgent:
    """Lets an agent's steps take their time."""

    def __init__(self, agent: Agent, *, cost_s: float, spread: float, deadline_s: float, seed: int) -> None:
        """Wrap an agent.

        Args:
            agent: what thinks.
            cost_s: median cost of a step, operational seconds.
            spread: standard deviation of its logarithm.
            deadline_s: after which what comes counts as late.
            seed: of the costs.
        """
        self._agent = agent
        self._cost_s, self._spread, self._seed = cost_s, spread, seed_of(seed, "thinks", agent.name)
        self._deadline_s = deadline_s
        self.costs_s: list[float] = []
        self.took_s: list[float] = []
        """Real seconds of each step: measured, and in no result."""
        self.late = self.lost = 0

    def __getattr__(self, name: str) -> Any:
        """Declare what the agent itself declares."""
        return getattr(self._agent, name)

    def start(self, past: Past) -> Thinking:
        """Begin with the agent's own beginning, not thinking."""
        return Thinking(inner=self._agent.start(past))

    def step(self, view: View, state: Thinking) -> Step:
        """Say what is ready, and look again when nothing is under way."""
        said: Step | None = None
        if state.step is not None:
            if view.now_ns < state.ready_ns:
                self.lost += 1
                return self._as_before(state)
            said, state = state.step, self._said(state, state.step)
        looked = self._look(view, state)
        if looked.ready_ns > view.now_ns or looked.step is None:
            return self._as_before(looked) if said is None else self._with(said, looked)
        return self._with(looked.step, self._said(looked, looked.step))

    def cost_s(self, now_ns: int) -> float:
        """Return what a look at a moment costs, operational seconds; the same for the same seed."""
        spread = self._spread * normal(self._seed, now_ns // NANOSECONDS) if self._spread else 0.0
        return self._cost_s * math.exp(spread)

    def _look(self, view: View, state: Thinking) -> Thinking:
        cost_s = self.cost_s(view.now_ns)
        self.costs_s.append(cost_s)
        self.late += cost_s > self._deadline_s
        began = time.perf_counter()
        step = self._agent.step(view, state.inner)
        self.took_s.append(time.perf_counter() - began)
        return msgspec.structs.replace(
            state,
            inner=step.state,
            step=step,
            looked_ns=view.now_ns,
            ready_ns=view.now_ns + round(cost_s * NANOSECONDS),
        )

    @staticmethod
    def _said(state: Thinking, step: Step) -> Thinking:
        return msgspec.structs.replace(state, step=None, rung=step.rung, why_rung=step.why_rung)

    @staticmethod
    def _as_before(state: Thinking) -> Step:
        """Say nothing new: what it said last stands in the kernel until it expires."""
        return Step(state=state, rung=state.rung, why_rung=state.why_rung)

    @staticmethod
    def _with(step: Step, state: Thinking) -> Step:
        return msgspec.structs.replace(step, state=state)


def make(spec: LoopSpec, site: Site) -> LateAgent:
    """Make the agent that a loop's settings name under `of`, and let it take its time."""
    thinks = msgspec.convert(spec.settings, _Settings)
    kind = beside(thinks.of, Path(site.folder))
    inner = msgspec.structs.replace(spec, kind=kind, settings=msgspec.json.decode(thinks.settings))
    return LateAgent(
        maker_of(kind)(inner, site),
        cost_s=thinks.cost_s,
        spread=thinks.spread,
        deadline_s=spec.deadline_s,
        seed=int(site.simulation.get("seed", 0)),  # type: ignore[call-overload]
    )


def lateness(among: Iterable[Agent]) -> dict[str, float]:
    """Return what the late agents of a run counted; nothing where there is none."""
    agents = [agent for agent in among if isinstance(agent, LateAgent)]
    costs = sorted(cost for agent in agents for cost in agent.costs_s)
    if not agents:
        return {}
    return {
        "late_steps": float(sum(agent.late for agent in agents)),
        "lost_steps": float(sum(agent.lost for agent in agents)),
        "decision_latency_p95_s": costs[math.ceil(0.95 * len(costs)) - 1] if costs else float("nan"),
        "decision_latency_max_s": costs[-1] if costs else float("nan"),
    }
