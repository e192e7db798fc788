"""First half of a tick: from inputs to the image, the receipts and the proposals that stand.

Pure. Instructions are obeyed, agents on the tick step, and their calls are answered here. Nothing is
arbitrated yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import msgspec

from kernel.command import Receipt
from kernel.confidence import Hindsight
from kernel.image import next_image
from kernel.instruction import Instructed, Lasting
from kernel.ladder import Level
from kernel.measurement import Block, block
from kernel.pipe.agent_step import admit, flaw
from kernel.pipe.calls import Served, serve
from kernel.pipe.documents import kept_documents
from kernel.pipe.feedback import settle
from kernel.pipe.intervals import accumulate
from kernel.pipe.ladder import Ladder
from kernel.pipe.lasting import instructed
from kernel.pipe.low_rungs import lowered, withheld
from kernel.pipe.modes import lay_over, local_points, own_again
from kernel.pipe.plausibility import Rules, screen
from kernel.pipe.postures import postures_after
from kernel.pipe.sight import Sight, view_of
from kernel.pipe.standing import Standing, stand
from kernel.pipe.state import PipeState, Rung
from kernel.pipe.stepping import always, step_agents, whose_turn
from kernel.pipe.tick import GATEWAY, Inputs, Job, RungChange, WorkerStep
from kernel.ports import Calculated, Published
from kernel.proposal import Proposal
from kernel.question import QuestionChange
from kernel.schedule.loop import ControlLoop
from kernel.site import Site


class Observed(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A tick after seeing, before deciding."""

    inputs: Inputs
    state: PipeState
    receipts: tuple[Receipt, ...]
    published: tuple[Published, ...]
    rungs: tuple[RungChange, ...]
    jobs: tuple[Job, ...]
    activated: tuple[str, ...]
    """Agents that did step or were given work, in their order."""
    instructions: tuple[Instructed, ...] = ()
    served: Served | None = None
    """What came of calls; None where there were none."""
    questions: tuple[QuestionChange, ...] = ()
    lapsed: tuple[Lasting, ...] = ()
    hindsights: tuple[Hindsight, ...] = ()


def observe(  # noqa: PLR0913  # what is fixed for a run, and what a tick looks at
    site: Site,
    loops: Sequence[ControlLoop],
    rules: Rules,
    before: PipeState,
    inputs: Inputs,
    may_start: Callable[[str], bool] = always,
    *,
    ladder: Ladder | None = None,
    run: str = "",
) -> Observed:
    """Freeze the image, settle open commands, let activated agents step, let their proposals stand."""
    arrived = [admit(site, loops, step, before.orders) for step in inputs.steps]
    shown = () if ladder is None else ladder.shown(before)
    blocks = (*inputs.blocks, *_calculated(site, arrived), *shown)
    raw = next_image(before.image, blocks, tick=inputs.tick, now_ns=inputs.now_ns)
    told, instructions, lapsed = instructed(site, loops, before, inputs)
    if before.modes or told.modes:
        raw = lay_over(site, raw, before.image, before=before.modes, modes=told.modes)
    image, watch = screen(raw, before.watch, rules)
    if site.local_switches:
        told = msgspec.structs.replace(told, local=local_points(site, image, before.local))
    if told.modes is not before.modes or told.local != before.local:
        told = own_again(site, told, before)
    intervals = accumulate(before.intervals, image)
    in_flight, receipts = settle(site, before.in_flight, inputs.sent, image)
    seen = msgspec.structs.replace(
        kept_documents(told, (document for step in arrived for document in step.published)),
        tick=inputs.tick,
        image=image,
        watch=watch,
        intervals=intervals,
        in_flight=in_flight,
        postures=postures_after(told.postures, receipts, before.in_flight, inputs.now_ns),
    )
    turn = tuple(whose_turn(loops, inputs, before.image.now_ns))
    sight = Sight.of(site, seen, turn, run)
    agents, stepped, jobs, activated = step_agents(
        site, turn, seen, may_start, partial(view_of, sight, ladder)
    )
    steps = (*arrived, *stepped)
    served = _served(loops, seen, steps, activated)
    heard = msgspec.structs.replace(_heard(seen, steps, inputs, ladder, served), agents=agents)
    asked = [proposal for proposal in inputs.requests if not flaw(proposal, site)]
    low = {} if ladder is None else lowered(heard.rungs)
    return Observed(
        inputs=inputs,
        state=msgspec.structs.replace(
            kept_documents(heard, (document for step in stepped for document in step.published)),
            standing=_standing(before.standing, steps, asked, low, inputs.now_ns),
        ),
        receipts=receipts,
        published=tuple(document for step in steps for document in step.published),
        rungs=_changes(before.rungs, heard.rungs),
        jobs=jobs,
        activated=activated,
        instructions=instructions,
        lapsed=lapsed,
        served=served,
    )


def _heard(
    seen: PipeState,
    steps: Sequence[WorkerStep],
    inputs: Inputs,
    ladder: Ladder | None,
    served: Served | None,
) -> PipeState:
    """Say on which rung every agent stands after its step, and keep what its calls came to."""
    if served is not None:
        seen = msgspec.structs.replace(seen, agencies=served.agencies)
    if ladder is not None:
        denied = () if served is None else served.sightings
        footings, rungs = ladder.judge(seen, steps, (*inputs.conditions, *denied))
        return msgspec.structs.replace(seen, footings=footings, rungs=rungs, rungs_shown=seen.rungs)
    said = {s.agent: _rung(seen.rungs, s, inputs.now_ns) for s in steps if s.agent != GATEWAY}
    return msgspec.structs.replace(seen, rungs=dict(seen.rungs) | said)


def _standing(
    before: Standing,
    steps: Sequence[WorkerStep],
    asked: Sequence[Proposal],
    low: Mapping[str, Level],
    now_ns: int,
) -> Standing:
    """Let what agents wish stand as far as their rungs allow, and what people ask for."""
    wishes = [proposal for step in steps for proposal in step.proposals]
    standing, taken = withheld(before, wishes, low)
    return stand(standing, [*taken, *asked], now_ns=now_ns)


def _served(
    loops: Sequence[ControlLoop], seen: PipeState, steps: Sequence[WorkerStep], activated: Sequence[str]
) -> Served | None:
    """Serve the calls of this tick's steps; None where nobody calls and nothing is kept."""
    if not seen.agencies and not any(step.calls for step in steps):
        return None
    return serve(loops, seen.agencies, steps, activated, seen.image.now_ns)


def _calculated(site: Site, steps: Iterable[WorkerStep]) -> list[Block]:
    """Turn what agents computed into blocks, so that it enters the image like any reading."""
    return [as_block(site, step.calculated, at_ns=step.made_at_ns) for step in steps if step.calculated]


def as_block(site: Site, calculated: Sequence[Calculated], *, at_ns: int) -> Block:
    """Lay calculated values out as a block."""
    return block(
        [site.row[c.point] for c in calculated],
        [c.value for c in calculated],
        [c.quality for c in calculated],
        at_ns=at_ns,
    )


def _rung(before: Mapping[str, Rung], step: WorkerStep, now_ns: int) -> Rung:
    stood = before.get(step.agent)
    if stood is not None and stood.rung == step.rung:
        return stood
    return Rung(rung=step.rung, why=step.why_rung, since_ns=now_ns)


def _changes(before: Mapping[str, Rung], after: Mapping[str, Rung]) -> tuple[RungChange, ...]:
    return tuple(
        RungChange(agent=agent, before=before[agent].rung if agent in before else "", now=rung)
        for agent, rung in sorted(after.items())
        if agent not in before or before[agent].rung != rung.rung
    )
