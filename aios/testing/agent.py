"""`check_agent`: is an agent fit to run? It proves what can be proved by running it, and says what to do.

An agent is stepped through a calm day, holes, every bad quality, values that are late, and low rungs of the
ladder, twice from a fresh start: once watched for what it reaches for, once with a stopwatch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from aios.testing.purity import watched
from aios.testing.unfit import (
    Unfit,
    changed_its_state,
    declared,
    impure,
    no_step,
    not_encodable,
    not_repeatable,
    not_started,
    raised,
    slow,
    wrong,
)
from aios.testing.views import Scene, scenes
from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Agent, Step
from kernel.schedule.loop import ControlLoop
from kernel.shell.clock import stopwatch_ns
from kernel.site import Site
from kernel.testing import EmptyPast

BUDGET_MS: Final = 20.0
"""Real milliseconds that a step on the loop may take unless the caller says otherwise."""
BEGIN_NS: Final = 1_800_000_000 * NANOSECONDS
_encode: Final = msgspec.msgpack.Encoder(order="deterministic").encode


class AgentReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a check found; no findings means fit."""

    agent: str
    findings: tuple[Unfit, ...]
    steps: tuple[Step, ...] = ()
    """What it gave on the calm day, step by step."""
    slowest_ms: float = 0.0
    """Real milliseconds of its slowest step, the first of each kind of view left out."""

    @property
    def is_fit(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


class _Walk(msgspec.Struct, kw_only=True):
    """One life of an agent through all scenes."""

    steps: list[Step] = []
    told: list[bytes] = []
    findings: list[Unfit] = []
    reached: list[str] = []
    durations_ns: list[int] = []


def check_agent(
    agent: Agent,
    site: Site,
    values: Mapping[str, float] | None = None,
    *,
    on_the_loop: bool = True,
    budget_ms: float = BUDGET_MS,
) -> AgentReport:
    """Hold an agent to its contract.

    Args:
        agent: any; it is started and stepped, nothing else.
        site: that declares its points.
        values: values of the points on a calm day, each in its unit; the others are 1.
        on_the_loop: its state is recorded, so it must be left as it was given and come back from bytes.
        budget_ms: real milliseconds that a step may take; 0 means it is not looked at.
    """
    undeclared = tuple(declared(agent, site))
    if undeclared:
        return AgentReport(agent=agent.name, findings=undeclared)
    plays = scenes(agent, values or {}, begin_ns=BEGIN_NS)
    first = _walk(agent, site, plays, on_the_loop=on_the_loop)  # compiles and imports what it needs
    if first.findings:
        return _report(agent, first.findings)
    again = _walk(agent, site, plays, on_the_loop=on_the_loop, timed=True)
    seen = _walk(agent, site, plays, on_the_loop=on_the_loop, watch=True)
    found = [
        *again.findings,
        *_differences(first, again, plays),
        *impure(seen.reached),
        *slow(again.durations_ns, budget_ms),
    ]
    calm = tuple(step for step, scene in zip(first.steps, plays, strict=True) if scene.calm)
    return _report(agent, found, calm, max(again.durations_ns, default=0) / 1e6)


def _report(
    agent: Agent, found: Sequence[Unfit], steps: tuple[Step, ...] = (), slowest_ms: float = 0.0
) -> AgentReport:
    """Say each thing once: the first time it was found."""
    first = {finding.claim: finding for finding in reversed(found)}
    kept = tuple(finding for finding in found if first[finding.claim] is finding)
    return AgentReport(agent=agent.name, findings=kept, steps=steps, slowest_ms=slowest_ms)


def _walk(
    agent: Agent,
    site: Site,
    plays: Sequence[Scene],
    *,
    on_the_loop: bool,
    watch: bool = False,
    timed: bool = False,
) -> _Walk:
    walk = _Walk()
    loop = ControlLoop(name=agent.name, agent=agent, period_s=1, deadline_s=1, priority="control")
    try:
        state = agent.start(EmptyPast(BEGIN_NS))
    except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is a finding
        walk.findings.append(not_started(error))
        return walk
    for number, scene in enumerate(plays):
        before = _bytes_of(state) if on_the_loop else b""
        if before is None:
            walk.findings.append(not_encodable(state))
            return walk
        try:
            step = _stepped(agent, scene.view, state, walk, watch=watch, timed=timed and number > 0)
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is a finding
            walk.findings.append(raised(error, scene))
            return walk
        if not isinstance(step, Step):
            walk.findings.append(no_step(step, scene))
            return walk
        if on_the_loop and _bytes_of(state) != before:
            walk.findings.append(changed_its_state(scene))
        walk.findings += wrong(site, loop, scene, step)
        walk.steps.append(step)
        told = _told(step, on_the_loop=on_the_loop)
        if told is None:
            walk.findings.append(not_encodable(step.state))
            return walk
        walk.told.append(told)
        state = _back(step.state, walk) if on_the_loop else step.state
    return walk


def _stepped(agent: Agent, view: View, state: Any, walk: _Walk, *, watch: bool, timed: bool) -> Step:
    if watch:
        with watched() as reached:
            step = agent.step(view, state)
        walk.reached += reached
        return step
    begin_ns = stopwatch_ns()
    step = agent.step(view, state)
    if timed:
        walk.durations_ns.append(stopwatch_ns() - begin_ns)
    return step


def _bytes_of(state: Any) -> bytes | None:
    try:
        return _encode(state)
    except (TypeError, ValueError, OverflowError):
        return None


def _back(state: Any, walk: _Walk) -> Any:
    """Return a state as it comes back from the recorder."""
    kept = _bytes_of(state)
    if kept is None:
        walk.findings.append(not_encodable(state))
        return state
    try:
        back = msgspec.msgpack.decode(kept, type=type(state))
    except (msgspec.MsgspecError, TypeError):
        back = None
    if (back is None and state is not None) or _bytes_of(back) != kept:
        walk.findings.append(not_encodable(state))
        return state
    return back


def _told(step: Step, *, on_the_loop: bool) -> bytes | None:
    state = step.state if on_the_loop else None
    return _bytes_of((state, step.proposals, step.published, step.calculated, step.rung, step.why_rung))


def _differences(first: _Walk, again: _Walk, plays: Sequence[Scene]) -> Iterator[Unfit]:
    for one, other, scene in zip(first.told, again.told, plays, strict=False):
        if one != other:
            yield not_repeatable(scene)
            return
