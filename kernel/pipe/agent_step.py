"""Admission: what an agent gave, as far as it can be taken.

Pure. An agent is foreign code: it may raise, ask for what it did not declare, or give what is no number. The
others go on; the agent stands on the rung `safe` with the reason, so that nobody has to guess.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from kernel.capability import Call
from kernel.image import View
from kernel.ladder import WORDS
from kernel.pipe.calibrating import is_confidence
from kernel.pipe.expecting import unfit
from kernel.pipe.publishing import wrong_documents
from kernel.pipe.tick import GATEWAY, WorkerStep
from kernel.ports import Agent, Calculated, Published, Step
from kernel.proposal import Priority, Proposal
from kernel.repair import RepairOrder
from kernel.schedule.loop import ControlLoop
from kernel.site import Site

_NO_ORDERS: Final[Mapping[str, RepairOrder]] = MappingProxyType({})
_encoder = msgspec.msgpack.Encoder()
_given = msgspec.msgpack.Decoder(
    tuple[tuple[Proposal, ...], tuple[Published, ...], tuple[Calculated, ...], tuple[Call, ...], str, str]
)


def attempt(agent: Agent, view: View, state: Any) -> Step:
    """Step an agent; whatever it raises, or gives instead of a step, is a step onto the rung `safe`."""
    try:
        step = agent.step(view, state)
    except Exception as error:  # noqa: BLE001 - foreign code: the gateway goes on and says so
        why = f"agent failed: {type(error).__name__}: {error} ({_place(error)})"
        return _failed(state, why)
    if not isinstance(step, Step):
        return _failed(state, f"agent failed: it gave {type(step).__name__}")
    why = _unfit(step)
    if why:
        return _failed(state, f"agent failed: {why}")
    return msgspec.structs.replace(step, condition="") if step.condition else step


def _failed(state: Any, why: str) -> Step:
    return Step(state=state, rung="safe", why_rung=why, condition="agent_failed")


def _unfit(step: Step) -> str:
    """Say what in a step is not of its declared type; empty where everything is.

    Types are promises that nobody has kept yet: what has a text for a number would be found where it is
    first reckoned with, in the tick. So a step goes to bytes and back once, where it was made.
    """
    given = (step.proposals, step.published, step.calculated, step.calls, step.rung, step.why_rung)
    try:
        _given.decode(_encoder.encode(given))
    except (TypeError, ValueError, OverflowError) as error:
        return f"its step is not as declared: {error}"
    return ""


def _place(error: Exception) -> str:
    """Name the file and line that raised: all that is left of the traceback in the journal."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return "unknown"
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}"


def flaw(proposal: Proposal, site: Site) -> str:
    """Say why a proposal cannot stand; empty where it can."""
    if proposal.point in site.sum:
        if proposal.once:
            return f"{proposal.point} is a sum: nothing is done to it once"
    elif proposal.point not in site.row or site.point(proposal.point).writing is None:
        return f"{proposal.point} cannot be written"
    if proposal.point in site.kernels_own:
        return f"{proposal.point} is written by the kernel alone"
    wanted, low, high = proposal.wanted, proposal.low, proposal.high
    if (
        (wanted is not None and not math.isfinite(wanted))
        or (low is not None and math.isnan(low))
        or (high is not None and math.isnan(high))
    ):
        numbers = [one for one in (wanted, low, high) if one is not None]
        return f"{proposal.point}: {numbers} are not all numbers"
    if low is not None and high is not None and low > high:
        return f"{proposal.point}: low {low:g} lies above high {high:g}"
    return _unsure(proposal, site)


def _unsure(proposal: Proposal, site: Site) -> str:
    """Say why a confidence is none, or what is expected cannot be seen; empty where neither is wrong."""
    if proposal.confidence is not None and not is_confidence(proposal.confidence):
        return f"{proposal.point}: a confidence of {proposal.confidence:g} is none between 0 and 1"
    return "" if proposal.expects is None else unfit(proposal.expects, proposal, site)


def admit(
    site: Site,
    loops: Iterable[ControlLoop],
    step: WorkerStep,
    orders: Mapping[str, RepairOrder] = _NO_ORDERS,
) -> WorkerStep:
    """Keep what an agent may ask for, compute and tell; what it may not puts it on the rung `safe`."""
    loop = next((one for one in loops if one.name == step.agent), None)
    if step.agent == GATEWAY:  # it publishes about itself; it wants nothing and computes no point
        return WorkerStep(agent=GATEWAY, made_at_ns=step.made_at_ns, published=step.published)
    if loop is None:
        return WorkerStep(agent=step.agent, made_at_ns=step.made_at_ns, rung="safe", why_rung="no such loop")
    proposals = [(one, _wrong_wish(one, loop, site)) for one in step.proposals]
    calculated = [(one, _wrong_value(one, loop, site)) for one in step.calculated]
    untold = wrong_documents(step.published, loop, site, orders)
    wrong = [why for why in (*(why for _, why in (*proposals, *calculated)), *untold) if why]
    if step.rung not in WORDS:
        wrong.append(f"no rung {step.rung} on the ladder")
    if not wrong:
        return step
    return msgspec.structs.replace(
        step,
        proposals=tuple(one for one, why in proposals if not why),
        calculated=tuple(one for one, why in calculated if not why),
        published=tuple(one for one, why in zip(step.published, untold, strict=True) if not why),
        rung="safe",
        why_rung=f"not admitted: {wrong[0]}",
        condition="not_admitted",
    )


def _wrong_wish(proposal: Proposal, loop: ControlLoop, site: Site) -> str:
    if proposal.agent != loop.agent.name:
        return f"a proposal in the name of {proposal.agent}"
    if proposal.point not in loop.agent.proposes:
        return f"a proposal for {proposal.point}, which it did not declare"
    if proposal.point not in loop.capability.propose:
        return f"a proposal for {proposal.point}, which its site does not leave it"
    if Priority.SAFETY <= proposal.priority < loop.capability.highest_priority:
        priority = proposal.priority.name.lower()
        return f"a proposal with the priority of {priority}, which its site does not leave it"
    if proposal.priority < Priority.SAFETY:
        return f"a proposal with the priority of {proposal.priority.name.lower()}"
    return flaw(proposal, site)


def _wrong_value(calculated: Calculated, loop: ControlLoop, site: Site) -> str:
    row = site.row.get(calculated.point)
    if row is None or site.points[row].source != f"agent:{loop.name}":
        return f"a value for {calculated.point}, whose source it is not"
    return ""
