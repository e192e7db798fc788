"""`check_agent`: is an agent fit to run? It proves what can be proved by running it, and says what to do.

An agent is stepped through a calm day, holes, every bad quality, values that are late, and low rungs of the
ladder, twice from a fresh start: once watched for what it reaches for, once with a stopwatch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from aios.testing.purity import watched
from aios.testing.views import Scene, scenes
from kernel.image import View
from kernel.ladder import WORDS
from kernel.pipe.agent_step import admit
from kernel.pipe.tick import WorkerStep
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


class Unfit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that keeps an agent from being fit."""

    claim: str
    """What an agent must be."""
    found: str
    """What was found instead."""
    do: str
    """What to do about it."""

    def __str__(self) -> str:
        return f"{self.claim}: {self.found}. {self.do}"


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
    declared = list(_declared(agent, site))
    if declared:
        return AgentReport(agent=agent.name, findings=tuple(declared))
    plays = scenes(agent, values or {}, begin_ns=BEGIN_NS)
    first = _walk(agent, site, plays, on_the_loop=on_the_loop)  # compiles and imports what it needs
    if first.findings:
        return _report(agent, first.findings)
    again = _walk(agent, site, plays, on_the_loop=on_the_loop, timed=True)
    seen = _walk(agent, site, plays, on_the_loop=on_the_loop, watch=True)
    found = [*again.findings, *_differences(first, again, plays), *_impure(seen), *_slow(again, budget_ms)]
    calm = tuple(step for step, scene in zip(first.steps, plays, strict=True) if scene.calm)
    return _report(agent, found, calm, max(again.durations_ns, default=0) / 1e6)


def _report(
    agent: Agent, found: Sequence[Unfit], steps: tuple[Step, ...] = (), slowest_ms: float = 0.0
) -> AgentReport:
    """Say each thing once: the first time it was found."""
    first = {finding.claim: finding for finding in reversed(found)}
    kept = tuple(finding for finding in found if first[finding.claim] is finding)
    return AgentReport(agent=agent.name, findings=kept, steps=steps, slowest_ms=slowest_ms)


def _declared(agent: Agent, site: Site) -> Iterator[Unfit]:
    """Find what is wrong before it takes a step."""
    if not agent.name:
        yield Unfit(claim="has a name", found="it is empty", do="Give the name of its loop, `spec.agent`")
    if not (type(agent).__doc__ or "").strip():
        yield Unfit(
            claim="says what it does",
            found=f"{type(agent).__name__} has no docstring",
            do="Say in its first line what it wants of the world",
        )
    for point in agent.reads:
        if point not in site.row:
            yield Unfit(
                claim="reads points that exist",
                found=f"{site.name} has no point {point}",
                do="Correct `reads`, or declare the point in the site file",
            )
    for point in agent.proposes:
        if point not in site.row or site.point(point).writing is None:
            yield Unfit(
                claim="proposes what can be written",
                found=f"{point} cannot be written at {site.name}",
                do="Correct `proposes`, or give the point a [point.writing] in the site file",
            )
    if len(set(agent.reads)) < len(agent.reads):
        yield Unfit(
            claim="reads each point once", found="a point stands twice in `reads`", do="Leave one out"
        )


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
    state = agent.start(EmptyPast(BEGIN_NS))
    for number, scene in enumerate(plays):
        before = _bytes_of(state) if on_the_loop else b""
        if before is None:
            walk.findings.append(_not_encodable(state))
            return walk
        try:
            step = _stepped(agent, scene.view, state, walk, watch=watch, timed=timed and number > 0)
        except Exception as error:  # noqa: BLE001 - foreign code: whatever it raises is a finding
            walk.findings.append(_raised(error, scene))
            return walk
        if not isinstance(step, Step):
            walk.findings.append(
                Unfit(
                    claim="gives a Step",
                    found=f"it gave {type(step).__name__} with {scene.name}",
                    do="Return kernel's Step from `step` on every path",
                )
            )
            return walk
        if on_the_loop and _bytes_of(state) != before:
            walk.findings.append(
                Unfit(
                    claim="leaves the state it was given as it was",
                    found=f"it changed it with {scene.name}",
                    do="Make the state a frozen msgspec.Struct and return a new one",
                )
            )
        walk.findings += _wrong(site, loop, scene, step)
        walk.steps.append(step)
        told = _told(step, on_the_loop=on_the_loop)
        if told is None:
            walk.findings.append(_not_encodable(step.state))
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
        walk.findings.append(_not_encodable(state))
        return state
    try:
        back = msgspec.msgpack.decode(kept, type=type(state))
    except (msgspec.MsgspecError, TypeError):
        back = None
    if (back is None and state is not None) or _bytes_of(back) != kept:
        walk.findings.append(_not_encodable(state))
        return state
    return back


def _not_encodable(state: Any) -> Unfit:
    return Unfit(
        claim="has a state that travels",
        found=f"a step with a state of type {type(state).__name__} does not come back from msgpack as it was",
        do="Use numbers, texts, tuples and frozen msgspec.Structs with typed fields",
    )


def _raised(error: Exception, scene: Scene) -> Unfit:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
    advice = (
        "Look at `view.usable(point)`, which is None where there is no good value, and step down the ladder"
    )
    if isinstance(error, KeyError):
        advice = "A view has only the points of `reads`: declare what it looks at"
    return Unfit(
        claim="survives every view",
        found=f"{type(error).__name__}: {error}{where} with {scene.name}",
        do=advice,
    )


def _wrong(site: Site, loop: ControlLoop, scene: Scene, step: Step) -> Iterator[Unfit]:
    """Find what could not be admitted, and what says too little of itself."""
    if step.rung not in WORDS:
        yield Unfit(
            claim="stands on the ladder",
            found=f"there is no rung {step.rung}",
            do=f"Name one of {', '.join(sorted(WORDS))}",
        )
        return
    if step.rung != "model" and not step.why_rung:
        yield Unfit(
            claim="says why it steps down",
            found=f"it stands on {step.rung} with {scene.name} and says nothing",
            do="Give `why_rung`",
        )
    given = WorkerStep(
        agent=loop.name, made_at_ns=scene.view.now_ns, proposals=step.proposals, calculated=step.calculated
    )
    admitted = admit(site, (loop,), given)
    if admitted.condition:
        yield Unfit(
            claim="asks for what it declared",
            found=admitted.why_rung,
            do="Propose finite numbers on points of `proposes`, and compute points whose source it is",
        )
    for proposal in step.proposals:
        if proposal.made_at_ns != scene.view.now_ns or proposal.expires_at_ns <= scene.view.now_ns:
            yield Unfit(
                claim="makes proposals of now that stand for a time",
                found=f"one was made at {proposal.made_at_ns} and expires at {proposal.expires_at_ns}",
                do="made_at_ns=view.now_ns, and expires_at_ns some periods later",
            )
        if not proposal.reason:
            yield Unfit(
                claim="says why", found="a proposal has no reason", do="Give `reason`, with its numbers"
            )


def _told(step: Step, *, on_the_loop: bool) -> bytes | None:
    state = step.state if on_the_loop else None
    return _bytes_of((state, step.proposals, step.published, step.calculated, step.rung, step.why_rung))


def _differences(first: _Walk, again: _Walk, plays: Sequence[Scene]) -> Iterator[Unfit]:
    for one, other, scene in zip(first.told, again.told, plays, strict=False):
        if one != other:
            yield Unfit(
                claim="gives the same for the same",
                found=f"a second life from a fresh start gave another step with {scene.name}",
                do="Keep what it remembers in its state, not in itself; no clock, no chance, no set order",
            )
            return


def _impure(walk: _Walk) -> Iterator[Unfit]:
    if walk.reached:
        what = ", ".join(sorted(set(walk.reached))[:5])
        yield Unfit(
            claim="is pure",
            found=f"its step reached for {what}",
            do="The time is view.now_ns; read files in `make`; chance has no place in a step",
        )


def _slow(walk: _Walk, budget_ms: float) -> Iterator[Unfit]:
    slowest = max(walk.durations_ns, default=0) / 1e6
    if budget_ms and slowest > budget_ms:
        yield Unfit(
            claim="keeps its budget",
            found=f"its slowest step took {slowest:.1f} ms of {budget_ms:g} ms",
            do="Let it run in a worker (priority operation or learning), or do less in a step",
        )
