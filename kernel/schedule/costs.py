"""Costs: what a tick and its steps take at the worst, in real milliseconds; what admission reckons with."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Costs(msgspec.Struct, frozen=True, kw_only=True):
    """Worst costs in real milliseconds. They do not scale with the clock."""

    fixed_ms: float
    """Of any tick: reading the queues, image, arbiter, recording, listeners."""
    gate_ms: float
    """One judgement of all commands of a tick, with a second one where policy clamps."""
    commit_ms: float
    """One durable commit."""
    section_ms: float = 0.0
    """Longest callback of others on the loop, such as a driver's: a tick may have to wait for it to end."""
    steps_ms: dict[str, float] = {}
    """One step, by agent."""
    origin: str = ""
    """Where the numbers come from, in words."""

    @property
    def tick_ms(self) -> float:
        """What every tick takes besides the steps of agents.

        >>> Costs(fixed_ms=1.0, gate_ms=2.0, commit_ms=4.0, section_ms=0.5).tick_ms
        7.5
        """
        return self.fixed_ms + self.gate_ms + self.commit_ms + self.section_ms

    def with_budgets(self, budgets_ms: Mapping[str, float]) -> Costs:
        """Return these costs where no step is taken for cheaper than the budget that it may use up."""
        steps = dict(self.steps_ms)
        for name, budget_ms in budgets_ms.items():
            steps[name] = max(budget_ms, steps.get(name, 0.0))
        return msgspec.structs.replace(self, steps_ms=steps)
