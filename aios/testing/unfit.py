"""What keeps an agent from being fit: each finding says what was found and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from aios.testing.views import Scene
from kernel.ladder import WORDS
from kernel.pipe.agent_step import admit
from kernel.pipe.tick import WorkerStep
from kernel.ports import Agent, Step
from kernel.schedule.loop import ControlLoop
from kernel.site import Site


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


def declared(agent: Agent, site: Site) -> Iterator[Unfit]:
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


def no_step(given: Any, scene: Scene) -> Unfit:
    """Say what it gave instead of a step."""
    return Unfit(
        claim="gives a Step",
        found=f"it gave {type(given).__name__} with {scene.name}",
        do="Return kernel's Step from `step` on every path",
    )


def changed_its_state(scene: Scene) -> Unfit:
    """Say when it changed a state in place."""
    return Unfit(
        claim="leaves the state it was given as it was",
        found=f"it changed it with {scene.name}",
        do="Make the state a frozen msgspec.Struct and return a new one",
    )


def not_encodable(state: Any) -> Unfit:
    """Say that a state cannot travel."""
    return Unfit(
        claim="has a state that travels",
        found=f"a step with a state of type {type(state).__name__} does not come back from msgpack as it was",
        do="Use numbers, texts, tuples and frozen msgspec.Structs with typed fields",
    )


def not_started(error: Exception) -> Unfit:
    """Say what `start` raised, and where."""
    return Unfit(
        claim="starts from an empty past",
        found=f"{type(error).__name__}: {error}{_where(error)}",
        do="`start(past)` gives the first state, also where nothing has been recorded yet",
    )


def raised(error: Exception, scene: Scene) -> Unfit:
    """Say what a step raised, where, and what to look at."""
    where = _where(error)
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


def wrong(site: Site, loop: ControlLoop, scene: Scene, step: Step) -> Iterator[Unfit]:
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
        agent=loop.name,
        made_at_ns=scene.view.now_ns,
        proposals=step.proposals,
        published=step.published,
        calculated=step.calculated,
    )
    admitted = admit(site, (loop,), given)
    if admitted.condition:
        yield Unfit(
            claim="asks for what it declared",
            found=admitted.why_rung,
            do="Propose finite numbers on points of `proposes`, compute points whose source it is, "
            "and publish no alarm, only what is about points it reads or sets and their assets",
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


def not_repeatable(scene: Scene) -> Unfit:
    """Say where two lives went apart."""
    return Unfit(
        claim="gives the same for the same",
        found=f"a second life from a fresh start gave another step with {scene.name}",
        do="Keep what it remembers in its state, not in itself; no clock, no chance, no set order",
    )


def impure(reached: Sequence[str]) -> Iterator[Unfit]:
    """Find what a step reached for besides its view."""
    if reached:
        what = ", ".join(sorted(set(reached))[:5])
        yield Unfit(
            claim="is pure",
            found=f"its step reached for {what}",
            do="The time is view.now_ns; read files in `make`; chance has no place in a step",
        )


def slow(durations_ns: Sequence[int], budget_ms: float) -> Iterator[Unfit]:
    """Find that a step takes longer than its budget, milliseconds."""
    slowest = max(durations_ns, default=0) / 1e6
    if budget_ms and slowest > budget_ms:
        yield Unfit(
            claim="keeps its budget",
            found=f"its slowest step took {slowest:.1f} ms of {budget_ms:g} ms",
            do="Let it run in a worker (priority operation or learning), or do less in a step",
        )


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f" ({trace.tb_frame.f_code.co_filename}:{trace.tb_lineno})"
