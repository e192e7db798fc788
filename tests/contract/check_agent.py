"""What every agent must do: `aios.testing.check_agent`, as tests ask it."""

from __future__ import annotations

from aios.testing.agent import check_agent as report_of
from kernel.ports import Agent, Step
from kernel.site import Site


def check_agent(agent: Agent, site: Site, values: dict[str, float], *, on_the_loop: bool) -> list[Step]:
    """Hold an agent to its contract; return its steps on the calm day."""
    report = report_of(agent, site, values, on_the_loop=on_the_loop, budget_ms=0.0)
    assert report.is_fit, "\n".join(str(found) for found in report.findings)
    return list(report.steps)
