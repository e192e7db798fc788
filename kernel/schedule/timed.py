"""Timed agents: the shell measures how long an agent's steps take, the agent does not notice.

Durations go to statistics, never into a decision: the pipe stays pure.
"""

from __future__ import annotations

from typing import Any

from kernel.image import View
from kernel.ports import Agent, Past, Step
from kernel.schedule.statistics import Durations
from kernel.shell.clock import stopwatch_ns


class TimedAgent:
    """An agent with a stopwatch around its steps."""

    def __init__(self, agent: Agent, durations: Durations) -> None:
        """Time the steps of an agent into `durations`."""
        self.name = agent.name
        self.reads = agent.reads
        self.proposes = agent.proposes
        self._agent = agent
        self._durations = durations

    def start(self, past: Past) -> Any:
        """Start the agent."""
        return self._agent.start(past)

    def step(self, view: View, state: Any) -> Step:
        """Step the agent, and note how long it took."""
        begin_ns = stopwatch_ns()
        try:
            return self._agent.step(view, state)
        finally:
            self._durations.add(stopwatch_ns() - begin_ns)
