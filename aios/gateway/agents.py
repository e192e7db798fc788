"""The agents of a site: on the loop, and in worker processes."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from aios.gateway.past import StoredPast, past_of
from aios.plugins import maker_of
from aios.site import site_of
from kernel.ports import Agent
from kernel.schedule.loop import ControlLoop
from kernel.shell.worker import Build, Crew
from kernel.site import Site


def agent_of(site: Site, name: str) -> Agent:
    """Make the agent of a loop, from its entry point or from its file.

    Raises:
        LookupError: no installed package and no file offers that kind of agent.
    """
    spec = next(loop for loop in site.loops if loop.agent == name)
    return maker_of(spec.kind)(spec, site)


def loops_of(site: Site) -> tuple[ControlLoop, ...]:
    """Make the control loops of a site."""
    return tuple(
        ControlLoop(
            name=spec.agent,
            agent=agent_of(site, spec.agent),
            narrowed=spec.may,
            period_s=spec.period_s,
            deadline_s=spec.deadline_s,
            priority=spec.priority,
            phase_s=spec.phase_s,
            overrun=spec.overrun,
            budget_ms=spec.budget_ms,
            fresh_s=spec.fresh_s,
        )
        for spec in site.loops
    )


def crew_builder(text: str, site_folder: Path, state_folder: Path) -> Build:
    """Return what a worker process calls to make its agents: it can be sent to that process."""
    return partial(_build_crew, text, site_folder, state_folder)


def _build_crew(text: str, site_folder: Path, state_folder: Path, now_ns: int) -> tuple[Crew, StoredPast]:
    site = site_of(text, folder=site_folder)
    return crew_of(site), past_of(site, state_folder, now_ns)


def crew_of(site: Site) -> dict[str, Agent]:
    """Make the agents that run in workers."""
    return {loop.name: loop.agent for loop in loops_of(site) if loop.in_worker}
