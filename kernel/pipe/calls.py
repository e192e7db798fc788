"""Serving system calls: grant or deny, keep what is stored, carry questions out and answers back.

Pure. What a call takes beyond this tick stands in the state; an answer stands in the caller's next view.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from kernel.capability import (
    INFER_S,
    INFERENCES,
    NOTHING,
    QUESTIONS,
    Agency,
    Answer,
    AskedPeople,
    AskPeople,
    Call,
    Capability,
    Denied,
    Infer,
    Inference,
    Inferred,
    Store,
    Stored,
)
from kernel.instruction import Reply, Unfit
from kernel.ladder import Sighting
from kernel.pipe.state import PipeState
from kernel.pipe.tick import WorkerStep
from kernel.point import NANOSECONDS
from kernel.schedule.loop import ControlLoop


@dataclass(slots=True)
class Served:
    """What came of a tick's calls."""

    agencies: dict[str, Agency]
    stored: list[Stored] = field(default_factory=list)
    asked: list[AskedPeople] = field(default_factory=list)
    denied: list[Denied] = field(default_factory=list)

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """The denials, as the ladder sees them."""
        return tuple(
            Sighting(
                agent=one.agent, condition="call_denied", words=f"{type(one.call).__name__} denied: {one.why}"
            )
            for one in self.denied
        )

    def change(self, agent: str, **changes: object) -> None:
        """Replace what is kept for an agent."""
        self.agencies[agent] = msgspec.structs.replace(self.agencies.get(agent, NOTHING), **changes)

    def answer(self, agent: str, answer: Answer) -> None:
        """Put an answer where the agent's next view finds it."""
        self.change(agent, answers=(*self.agencies.get(agent, NOTHING).answers, answer))


def serve(
    loops: Sequence[ControlLoop],
    agencies: Mapping[str, Agency],
    steps: Sequence[WorkerStep],
    seen: Collection[str],
    now_ns: int,
) -> Served:
    """Serve the calls of a tick.

    Args:
        loops: of the site; they hold the capabilities.
        agencies: what is kept for each agent.
        steps: with the calls that they make.
        seen: agents whose view was made in this tick: they have had their answers.
        now_ns: operational time.
    """
    served = Served(agencies=dict(agencies))
    for agent in seen:
        if served.agencies.get(agent, NOTHING).answers:
            served.change(agent, answers=())
    by_name = {loop.name: loop for loop in loops}
    for step in steps:
        loop = by_name.get(step.agent)
        for number, call in enumerate(step.calls):
            why = (
                "no such loop"
                if loop is None
                else _take(served, loop.capability, by_name, step, number, call, now_ns)
            )
            if why:
                trace = f"{step.trace}.{number}"
                served.denied.append(Denied(agent=step.agent, call=call, why=why, trace=trace, at_ns=now_ns))
    _expire(served, now_ns)
    return served


def _take(
    served: Served,
    may: Capability,
    loops: Mapping[str, ControlLoop],
    step: WorkerStep,
    number: int,
    call: Call,
    now_ns: int,
) -> str:
    """Do what a call asks; return why not, empty where it is done."""
    own, name = served.agencies.get(step.agent, NOTHING), f"{step.trace}.{number}"
    match call:
        case Store():
            return _store(served, own, may, step.agent, call)
        case AskPeople():
            return _ask(served, own, may, name, step.agent, call, now_ns)
        case Infer():
            if call.model not in may.infer or call.model not in loops:
                return f"it may not ask the model {call.model}"
            return _infer(served, name, step.agent, call, now_ns)
        case Inferred():
            return _answer(served, own, step.agent, call)


def _ask(  # a call and all that it is served from
    served: Served, own: Agency, may: Capability, name: str, agent: str, call: AskPeople, now_ns: int
) -> str:
    if not may.ask:
        return "it may not ask people"
    if len(own.questions) >= QUESTIONS:
        return f"{QUESTIONS} questions of it are open"
    asked = AskedPeople(id=name, agent=agent, question=call.question, at_ns=now_ns)
    served.change(agent, questions=(*own.questions, asked))
    served.asked.append(asked)
    return ""


def _infer(served: Served, name: str, agent: str, call: Infer, now_ns: int) -> str:
    model = served.agencies.get(call.model, NOTHING)
    if len(model.inferences) >= INFERENCES:
        return f"{call.model} is asked for {INFERENCES} inferences already"
    until_ns = now_ns + round(INFER_S * NANOSECONDS)
    wanted = Inference(id=name, asked_by=agent, inputs=call.inputs, until_ns=until_ns)
    served.change(call.model, inferences=(*model.inferences, wanted))
    return ""


def _answer(served: Served, own: Agency, agent: str, call: Inferred) -> str:
    found = next((one for one in own.inferences if one.id == call.id), None)
    if found is None:
        return f"nobody asked it for the inference {call.id}"
    served.change(agent, inferences=tuple(one for one in own.inferences if one is not found))
    answer = Answer(id=call.id, values=call.values, by=agent, failure=call.failure)
    served.answer(found.asked_by, answer)
    return ""


def reply(state: PipeState, instruction: Reply) -> PipeState | Unfit:
    """Carry a person's answer to the agent that asked."""
    for agent, agency in state.agencies.items():
        found = next((one for one in agency.questions if one.id == instruction.question), None)
        if found is None:
            continue
        answer = Answer(id=found.id, text=instruction.text, by=f"person:{instruction.person}")
        heard = msgspec.structs.replace(
            agency,
            questions=tuple(one for one in agency.questions if one is not found),
            answers=(*agency.answers, answer),
        )
        return msgspec.structs.replace(state, agencies={**state.agencies, agent: heard})
    return Unfit(f"no agent has asked {instruction.question}, or it has been answered")


def _store(served: Served, own: Agency, may: Capability, agent: str, call: Store) -> str:
    if own.stored.get(call.key, b"") == call.value:
        return ""
    kept = {key: value for key, value in own.stored.items() if key != call.key}
    if call.value:
        kept[call.key] = call.value
    size = sum(len(key.encode()) + len(value) for key, value in kept.items())
    if size > may.store_bytes:
        return f"{size} bytes to keep; it may keep {may.store_bytes}"
    served.change(agent, stored=kept)
    served.stored.append(Stored(agent=agent, key=call.key, value=call.value))
    return ""


def _expire(served: Served, now_ns: int) -> None:
    """Tell those whose inference was not answered in time."""
    for model, agency in list(served.agencies.items()):
        late = [one for one in agency.inferences if one.until_ns <= now_ns]
        for one in late:
            failure = f"{model} gave no answer within {INFER_S:g} s"
            served.answer(one.asked_by, Answer(id=one.id, by=model, failure=failure))
        if late:
            left = tuple(one for one in agency.inferences if one.until_ns > now_ns)
            served.change(model, inferences=left)


def restored(kept: Iterable[Stored]) -> dict[str, Agency]:
    """Return what agents had stored, from the journal's entries in their order."""
    stored: dict[str, dict[str, bytes]] = {}
    for one in kept:
        stored.setdefault(one.agent, {})[one.key] = one.value
    return {
        agent: Agency(stored={key: value for key, value in values.items() if value})
        for agent, values in stored.items()
    }


def newest(kept: Iterable[Stored]) -> tuple[Stored, ...]:
    """Return the entries that still say what is stored: a new run writes them anew, beyond all retention."""
    last = {(one.agent, one.key): one for one in kept}
    return tuple(one for _, one in sorted(last.items()) if one.value)
