"""The questions: what policy, and agents, want a person to answer, the most urgent first."""

from __future__ import annotations

from dataclasses import dataclass

from aios.control_room.acts.offer import Offer
from aios.control_room.acts.on_agents import reply_offers
from aios.control_room.acts.on_questions import question_offers
from aios.control_room.figures import exact
from aios.control_room.sight import Place
from aios.control_room.times import moment, to_ms
from aios.control_room.views.repairs import time_left
from aios.control_room.views.value import find
from aios.sureness import sureness
from kernel.question import OPEN, Precondition, Question
from kernel.shell.wire import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """One question in the list."""

    id: str
    what: str
    """What would be written, with unit."""
    covers: str
    """The values that an approval covers."""
    asked_by: str
    wish_reason: str
    """Why, in the words of who asks."""
    rule: str
    reason: str
    needs: str
    """How many must agree, of which roles."""
    agreed: str
    """Who has agreed so far."""
    claimed: str
    """Who looks at it; empty where nobody has said so."""
    sure: tuple[str, ...]
    """How sure the agent is, and how far its outcomes let that be believed; empty where it does not say."""
    rests_on: tuple[str, ...]
    decide_ms: int
    decide_within: str
    decide_at: str
    is_open: bool
    stage: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentQuestion:
    """What an agent asks in words."""

    id: str
    agent: str
    question: str
    at: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """The whole list."""

    rows: tuple[QuestionRow, ...]
    agents: tuple[AgentQuestion, ...]

    @property
    def waiting(self) -> tuple[QuestionRow, ...]:
        """Those that can be answered now."""
        return tuple(row for row in self.rows if row.is_open)


def questions(snapshot: Snapshot, place: Place) -> Questions:
    """Word the questions: those that can be answered before the others, then by the time to decide."""
    ordered = sorted(snapshot.asked, key=lambda one: (one.stage not in OPEN, one.decide_by_ns, one.id))
    units = {state.point: state.unit for state in snapshot.points}
    return Questions(
        rows=tuple(_row(one, units, snapshot, place) for one in ordered),
        agents=tuple(
            AgentQuestion(
                id=one.id,
                agent=one.agent,
                question=one.question,
                at=moment(one.at_ns, snapshot.now_ns, place.zone),
                offers=reply_offers(one),
            )
            for one in snapshot.agents_ask
        ),
    )


def _row(question: Question, units: dict[str, str], snapshot: Snapshot, place: Place) -> QuestionRow:
    unit = units.get(question.point, "")
    what = question.point if question.once else f"{question.point} = {exact(question.value, unit)}"
    return QuestionRow(
        id=question.id,
        what=what,
        covers=_covers(question, unit),
        asked_by=_asker(question),
        wish_reason=question.wish_reason,
        rule=question.rule,
        reason=question.reason,
        needs=f"{question.approvals} of {' or '.join(question.may_answer) or 'anybody'}",
        agreed=", ".join(answer.person for answer in question.answers) or "nobody yet",
        claimed=question.claimed_by,
        sure=sureness(question.confidence),
        rests_on=tuple(_rests_on(one, units, snapshot) for one in _own_first(question)),
        decide_ms=to_ms(question.decide_by_ns),
        decide_within=time_left(question.decide_by_ns, snapshot.now_ns),
        decide_at=moment(question.decide_by_ns, snapshot.now_ns, place.zone),
        is_open=question.stage in OPEN,
        stage=question.stage.value,
        offers=question_offers(question, _about(question, what)),
    )


def _about(question: Question, what: str) -> str:
    """Say what an answer is about: what is wished, by whom and why, and why people are asked."""
    because = f" ({question.wish_reason})" if question.wish_reason else ""
    return f"{what}, asked by {_asker(question)}{because}: {question.reason}"


def _covers(question: Question, unit: str) -> str:
    if question.low == question.high:
        return "this value alone"
    return f"{exact(question.low, unit)} to {exact(question.high, unit)}"


def _asker(question: Question) -> str:
    """Name who wishes, and the person behind it where there is one."""
    if question.person and question.asked_by != f"person:{question.person}":
        return f"{question.asked_by} ({question.person})"
    return question.asked_by.removeprefix("person:")


def _own_first(question: Question) -> list[Precondition]:
    """Return what an approval rests on, the asset's own readings before those of others."""
    asset = question.point.partition("/")[0]
    return sorted(question.preconditions, key=lambda one: one.point.partition("/")[0] != asset)


def _rests_on(one: Precondition, units: dict[str, str], snapshot: Snapshot) -> str:
    """Say what an approval rests on: when it changes, the approval does not count any more."""
    if not one.usable:
        return f"{one.point}: no good reading"
    if one.value is None:
        return f"{one.point} is there"
    if (now := find(snapshot, one.point)) is not None and now.state and now.value == one.value:
        return f"{one.point} = {now.state}"
    unit = units.get(one.point, "")
    band = f" within {exact(one.band, unit)}" if one.band else ""
    return f"{one.point} = {exact(one.value, unit)}{band}"
