"""The judge: what people were told, what the journal says, what the device did and what history keeps.

Pure. People are believed about what they were told, the device about what it did.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from benchmarks.kill9.field import Evidence
from benchmarks.kill9.judge import judge, record_of
from kernel.dispatch import Dispatch, WorkStage
from kernel.instruction import Instructed, OnOrder
from kernel.journal.chain import Entry
from kernel.pipe.dispatching import STAGES, left
from kernel.question import ENDS, QuestionChange, Stage
from kernel.request import Requested, RequestStage
from simulators.devices.bank import Executed
from tests.reliability.killed.agent import CLOSE
from tests.reliability.killed.person import Act

ENDED = frozenset(
    {RequestStage.PERMITTED, RequestStage.REFUSED, RequestStage.SUPERSEDED, RequestStage.EXPIRED}
)


def judged(entries: Sequence[Entry], pulses: Sequence[Executed], acts: Sequence[Act]) -> tuple[str, ...]:
    """Return every violation in words, once all is quiet.

    Args:
        entries: the whole journal.
        pulses: what the breaker executed.
        acts: of all people, in the order in which they heard of them.
    """
    said = Evidence(setpoints=(), pulses=tuple(pulses), executions=0, duplicates=0, operations=len(pulses))
    record = record_of(entries)
    closings = sum(command.point == CLOSE for command in record.commands)
    return (
        *judge(record, said),
        *_instructions(_told(entries), acts),
        *_requests(entries, acts),
        *_questions(entries, closings),
        *_work(entries, acts),
    )


def _told(entries: Iterable[Entry]) -> tuple[Instructed, ...]:
    return tuple(msgspec.json.decode(e.body, type=Instructed) for e in entries if e.kind == "instruction")


def _instructions(told: Iterable[Instructed], acts: Iterable[Act]) -> Iterator[str]:
    """What people were told was taken was taken, once; of all else nothing was."""
    taken = Counter(one.instruction.key for one in told if not one.refused)
    yield from (f"{key} was taken {count} times" for key, count in taken.items() if count > 1)
    for act in acts:
        if act.path == "commands" or act.is_taken == bool(taken[act.full_key]):
            continue
        if act.is_taken:
            yield f"{act.full_key} ({act.path}) was told as taken, and the journal has not taken it"
        else:
            yield f"{act.full_key} ({act.path}) was taken, and {act.person} was told {act.status}: {act.said}"


def _requests(entries: Iterable[Entry], acts: Iterable[Act]) -> Iterator[str]:
    """A request that people were told was taken has one end; one that was not has led to nothing."""
    stages: defaultdict[str, list[RequestStage]] = defaultdict(list)
    for entry in entries:
        if entry.kind == "request":
            stages[entry.subject].append(msgspec.json.decode(entry.body, type=Requested).stage)
    for act in acts:
        if act.path != "commands":
            continue
        ends = [stage for stage in stages[act.full_key] if stage in ENDED]
        if act.is_taken and len(ends) != 1:
            yield f"{act.full_key} was told as taken and has {len(ends)} ends: {stages[act.full_key]}"
        if not act.is_taken and RequestStage.PERMITTED in ends:
            yield f"{act.full_key} was permitted, and {act.person} was told {act.status}: {act.said}"


def _questions(entries: Iterable[Entry], closings: int) -> Iterator[str]:
    """Each question has one end; what was operated has enough people; nobody is counted twice."""
    changes: defaultdict[str, list[QuestionChange]] = defaultdict(list)
    for entry in entries:
        if entry.kind == "question":
            changes[entry.subject].append(msgspec.json.decode(entry.body, type=QuestionChange))
    operated = 0
    answers: Counter[tuple[str, str]] = Counter()
    for name, known in changes.items():
        last, ends = known[-1].question, sum(one.question.is_over for one in known)
        if ends != 1:
            yield f"question {name} has {ends} ends: {[one.question.stage.value for one in known]}"
        if not last.is_over and last.stage not in ENDS:
            yield f"question {name} is left {last.stage}"
        agreed = {one.person for one in last.answers if one.granted}
        answers.update((one.person, one.key) for one in last.answers)
        if len({one.person for one in last.answers}) < len(last.answers):
            yield f"somebody was counted twice for {name}"
        if last.stage is Stage.OPERATED:
            operated += 1
            if len(agreed) < last.approvals:
                yield f"{name} was operated with {len(agreed)} of {last.approvals} approvals"
    yield from (f"{who}'s answer {key} counted {n} times" for (who, key), n in answers.items() if n > 1)
    if closings != operated:
        yield f"{operated} closings were agreed on and permitted, {closings} were commanded"


def _work(entries: Sequence[Entry], acts: Iterable[Act]) -> Iterator[str]:
    """The work on each order stands as the acts have left it that people were told were taken."""
    work = left(msgspec.json.decode(one.body, type=Dispatch) for one in entries if one.kind == "dispatch")
    turns = _turns(acts)
    for order in sorted(work.keys() | turns.keys()):
        led, known = turns.get(order, []), work.get(order)
        stands = [] if known is None else [turn.stage for turn in known.history]
        if stands != led:
            yield f"{order} went {_words(stands)}, people were told {_words(led)}"


def _turns(acts: Iterable[Act]) -> Mapping[str, list[WorkStage]]:
    turns: defaultdict[str, list[WorkStage]] = defaultdict(list)
    for act in acts:
        if act.path.startswith("repair-orders/") and act.is_taken:
            _, order, what = act.path.split("/")
            turns[order].append(STAGES[OnOrder(what)])
    return turns


def _words(stages: Iterable[WorkStage]) -> str:
    return " > ".join(stage.value for stage in stages) or "nowhere"
