"""Timed agents: the shell measures how long an agent's steps take, the agent does not notice.

Durations go to statistics and to the scheduler, never into a decision: the pipe stays pure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kernel.image import View
from kernel.ports import Agent, Past, Step


class TimedAgent:
    """An agent with a stopwatch around its steps."""

    def __init__(
        self, agent: Agent, stopwatch_ns: Callable[[], int], note: Callable[[int, int], None]
    ) -> None:
        """Time the steps of an agent.

        Args:
            agent: what steps.
            stopwatch_ns: real time, nanoseconds.
            note: called after each step with the readings before and after it.
        """
        self.name = agent.name
        self.reads = agent.reads
        self.proposes = agent.proposes
        self.infers = getattr(agent, "infers", ())
        self.store_bytes = getattr(agent, "store_bytes", 0)
        self.asks = getattr(agent, "asks", False)
        self._agent = agent
        self._stopwatch_ns = stopwatch_ns
        self._note = note

    def start(self, past: Past) -> Any:
        """Start the agent."""
        return self._agent.start(past)

    def step(self, view: View, state: Any) -> Step:
        """Step the agent, and note how long it took."""
        begin_ns = self._stopwatch_ns()
        try:
            return self._agent.step(view, state)
        finally:
            self._note(begin_ns, self._stopwatch_ns())
