"""Stepping: the agents whose turn it is, those on the loop now and those in workers as jobs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from kernel.image import View
from kernel.pipe.agent_step import admit, attempt
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Inputs, Job, WorkerStep
from kernel.ports import Step
from kernel.schedule.loop import ControlLoop
from kernel.site import Site


def always(_: str) -> bool:
    """Let every agent start: there is time for all."""
    return True


def whose_turn(loops: Sequence[ControlLoop], inputs: Inputs, before_ns: int) -> Iterator[ControlLoop]:
    """Yield the loops whose turn it is, in their order: as the scheduler said, or all that are due."""
    if inputs.activations is None:
        return (loop for loop in loops if loop.is_due(before_ns, inputs.now_ns))
    if not inputs.activations:
        return iter(())
    by_name = {loop.name: loop for loop in loops}
    return (by_name[name] for name in inputs.activations if name in by_name)


def step_agents(
    site: Site,
    turn: Iterable[ControlLoop],
    state: PipeState,
    may_start: Callable[[str], bool],
    view_of: Callable[[ControlLoop], View],
) -> tuple[dict[str, Any], list[WorkerStep], tuple[Job, ...], tuple[str, ...]]:
    """Step the agents whose turn it is: those on the loop now, those in workers as jobs."""
    agents, stepped, jobs, activated = dict(state.agents), [], [], []
    for loop in turn:
        if loop.name in state.suspended or not may_start(loop.name):
            continue
        activated.append(loop.name)
        view = view_of(loop)
        if loop.in_worker:
            jobs.append(Job(agent=loop.name, view=view))
            continue
        step = attempt(loop.agent, view, agents[loop.name])
        agents[loop.name] = step.state
        stepped.append(admit(site, (loop,), as_worker_step(loop.name, view, step), state.orders))
    return agents, stepped, tuple(jobs), tuple(activated)


def as_worker_step(agent: str, view: View, step: Step) -> WorkerStep:
    """Return what an agent gave for a view, without its state, as it enters a tick."""
    return WorkerStep(
        agent=agent,
        made_at_ns=view.now_ns,
        proposals=step.proposals,
        published=step.published,
        calculated=step.calculated,
        calls=step.calls,
        trace=view.trace,
        rung=step.rung,
        why_rung=step.why_rung,
        condition=step.condition,
    )
