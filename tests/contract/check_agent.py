"""What every agent must do: propose what it declared, survive holes, and hide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from kernel.image import IntervalMean, Reading, View
from kernel.pipe.agent_step import admit
from kernel.pipe.tick import WorkerStep
from kernel.point import NANOSECONDS
from kernel.ports import Agent, Step
from kernel.quality import INVALID, OLD
from kernel.schedule.loop import ControlLoop
from kernel.site import Site
from kernel.testing import EmptyPast

_encode = msgspec.msgpack.Encoder(order="deterministic").encode


def view_of(agent: Agent, values: dict[str, float], *, now_ns: int, tick: int, hole: bool = False) -> View:
    """A view of every point the agent declared; `hole` takes the values away."""
    quality = INVALID | OLD if hole else 0
    value = {name: 0.0 if hole else values.get(name, 1.0) for name in agent.reads}
    means = {
        name: IntervalMean(
            interval_s=900.0,
            elapsed_s=(now_ns // NANOSECONDS) % 900,
            so_far=None if hole else value[name],
            last=None if hole else value[name],
            last_end_ns=now_ns // (900 * NANOSECONDS) * 900 * NANOSECONDS,
        )
        for name in agent.reads
    }
    readings = {
        name: Reading(value=value[name], quality=quality, age_s=0.0, at_ns=now_ns) for name in agent.reads
    }
    return View(tick=tick, now_ns=now_ns, readings=readings, means=means)


def check_agent(agent: Agent, site: Site, values: dict[str, float], *, on_the_loop: bool) -> list[Step]:
    """Hold an agent to its contract over good views and holes; return its steps on the good ones.

    Args:
        agent: any.
        site: that declares its points.
        values: values of the points for a calm day; the others are 1.
        on_the_loop: its state is journalled, so it must be frozen and come back from bytes.
    """
    check_declared(agent, site)
    begin_ns, period_ns = 1_800_000_000 * NANOSECONDS, 900 * NANOSECONDS
    holes = [False, False, True, True, False, False]
    views = [
        view_of(agent, values, now_ns=begin_ns + n * period_ns, tick=n, hole=hole)
        for n, hole in enumerate(holes)
    ]
    steps = walk(agent, views, begin_ns, on_the_loop=on_the_loop)
    again = walk(agent, views, begin_ns, on_the_loop=on_the_loop)
    for view, step, repeated in zip(views, steps, again, strict=True):
        check_step(agent, site, view, step)
        assert told(step) == told(repeated), "the same views give the same steps: no clock, no chance"
    return [step for step, hole in zip(steps, holes, strict=True) if not hole]


def check_declared(agent: Agent, site: Site) -> None:
    """Its points exist, and what it proposes can be written."""
    assert agent.name, "an agent has a name"
    assert len(set(agent.reads)) == len(agent.reads), "no point twice"
    assert all(name in site.row for name in agent.reads), "it reads points that exist"
    assert all(site.point(name).writing is not None for name in agent.proposes), (
        "it proposes what can be written"
    )


def walk(agent: Agent, views: Sequence[View], begin_ns: int, *, on_the_loop: bool) -> list[Step]:
    """Step through views from a fresh start; a journalled state goes through bytes at every step."""
    state, steps = agent.start(EmptyPast(begin_ns)), []
    for view in views:
        before = _encode(state) if on_the_loop else b""
        step = agent.step(view, state)
        if on_the_loop:
            assert _encode(state) == before, "a step leaves the state it was given as it was"
        steps.append(step)
        state = through_bytes(step.state) if on_the_loop else step.state
    return steps


def through_bytes(state: Any) -> Any:
    """A state as it comes back from the recorder."""
    back = msgspec.msgpack.decode(_encode(state), type=type(state))
    assert _encode(back) == _encode(state), "a state comes back from its bytes"
    return back


def check_step(agent: Agent, site: Site, view: View, step: Step) -> None:
    """What an agent gives can be admitted, is of now, and travels."""
    loop = ControlLoop(name=agent.name, agent=agent, period_s=1, deadline_s=1, priority="control")
    given = WorkerStep(
        agent=agent.name, made_at_ns=view.now_ns, proposals=step.proposals, calculated=step.calculated
    )
    admitted = admit(site, (loop,), given)
    assert admitted == given, admitted.why_rung
    for proposal in step.proposals:
        assert proposal.made_at_ns == view.now_ns, "a proposal is made now"
        assert proposal.expires_at_ns > view.now_ns, "a proposal stands for some time"
        assert proposal.reason, "a proposal says why"
    assert step.rung == "model" or step.why_rung, "whoever leaves the rung `model` says why"
    assert told(step), "what it gives can be encoded"


def told(step: Step) -> bytes:
    """Everything but the state, as bytes."""
    return _encode((step.proposals, step.published, step.calculated, step.rung, step.why_rung))
