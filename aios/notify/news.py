"""News: what a snapshot holds that somebody must know. Pure; who was told already is the queue's matter."""

from __future__ import annotations

from collections.abc import Iterator

from aios.control_room.proof import proof
from aios.control_room.sight import Sight
from aios.notify.message import About, Message
from aios.notify.section import NotifySection
from kernel.alarm import AlarmState
from kernel.question import OPEN, Question
from kernel.shell.wire import Snapshot

ESCALATES: float = 0.25
"""Share of the time to decide that is left when an open question is told again."""
_REPAIR_PRIORITY = 2


def news(shot: Snapshot, wanted: NotifySection) -> Iterator[Message]:
    """Yield everything that stands now and is told, each under the id that it keeps while it stands."""
    yield from _alarms(shot, wanted.alarms)
    if About.QUESTION in wanted.about:
        yield from (_asked(shot, one) for one in shot.asked if one.stage in OPEN)
        yield from _agents_ask(shot)
    if About.ESCALATION in wanted.about:
        yield from (_late(shot, one) for one in shot.asked if _is_late(one, shot.now_ns))
    if About.REPAIR in wanted.about:
        yield from _repairs(shot)


def _alarms(shot: Snapshot, lowest: int) -> Iterator[Message]:
    for alarm in shot.alarms:
        if alarm.priority <= lowest and alarm.active and alarm.state is AlarmState.UNACKNOWLEDGED:
            yield Message(
                id=f"{shot.site}:alarm:{alarm.id}:{alarm.since_ns}",
                about=About.ALARM,
                site=shot.site,
                priority=alarm.priority,
                at_ns=alarm.since_ns,
                title=f"{shot.title}: alarm at {alarm.asset}",
                text=f"{alarm.text}\n{alarm.consequence}\nDo: {alarm.response}",
            )


def _asked(shot: Snapshot, question: Question) -> Message:
    return Message(
        id=f"{shot.site}:question:{question.id}",
        about=About.QUESTION,
        site=shot.site,
        priority=2,
        at_ns=question.asked_at_ns,
        title=f"{shot.title}: an answer is needed for {question.point}",
        text=f"{question.asked_by} wants {question.value:g}. {question.reason}",
    )


def _late(shot: Snapshot, question: Question) -> Message:
    left_s = (question.decide_by_ns - shot.now_ns) / 1e9
    return Message(
        id=f"{shot.site}:escalation:{question.id}",
        about=About.ESCALATION,
        site=shot.site,
        priority=1,
        at_ns=question.asked_at_ns,
        title=f"{shot.title}: still no answer for {question.point}, {left_s:.0f} s left",
        text=f"{question.asked_by} wants {question.value:g}. {question.reason}",
    )


def _is_late(question: Question, now_ns: int) -> bool:
    """Tell whether little of the time is left in which an open question can be answered."""
    left_ns, whole_ns = question.decide_by_ns - now_ns, question.decide_by_ns - question.asked_at_ns
    return question.stage in OPEN and 0 < left_ns <= whole_ns * ESCALATES


def _agents_ask(shot: Snapshot) -> Iterator[Message]:
    for asked in shot.agents_ask:
        yield Message(
            id=f"{shot.site}:asked:{asked.id}",
            about=About.QUESTION,
            site=shot.site,
            priority=3,
            at_ns=asked.at_ns,
            title=f"{shot.title}: {asked.agent} asks",
            text=asked.question,
        )


def _repairs(shot: Snapshot) -> Iterator[Message]:
    for order in shot.orders:
        if order.state == "open":
            yield Message(
                id=f"{shot.site}:repair:{order.id}",
                about=About.REPAIR,
                site=shot.site,
                priority=_REPAIR_PRIORITY,
                at_ns=order.made_at_ns,
                title=f"{shot.title}: repair of {order.asset}",
                text=f"{order.title}\n{order.work}\n"
                f"A day of waiting costs {order.cost_per_day.median:.0f} {shot.currency}.",
            )


def canary(shot: Snapshot) -> Message | None:
    """Return what is told of the last canary that came through; None where it proves nothing any more."""
    seen = proof(Sight(snapshot=shot))
    if seen is None or seen.raised_ns is None or seen.broken is not None:
        return None
    return Message(
        id=f"{shot.site}:canary:{seen.raised_ns}",
        about=About.CANARY,
        site=shot.site,
        priority=3,
        at_ns=seen.raised_ns,
        title=f"{shot.title}: alarms come through",
        text=f"Nothing happened. The next of these is due in {seen.every_s:g} s; "
        "alarm somebody when it stays away.",
    )


def away(site: str, why: str, *, since_ns: int) -> Message:
    """Return what is told of a gateway that does not answer."""
    return Message(
        id=f"{site}:away:{since_ns}",
        about=About.AWAY,
        site=site,
        priority=1,
        at_ns=since_ns,
        title=f"{site}: the gateway does not answer",
        text=why,
    )


def back(site: str, *, since_ns: int, at_ns: int) -> Message:
    """Return what is told of one that answers again."""
    return Message(
        id=f"{site}:back:{since_ns}",
        about=About.BACK,
        site=site,
        priority=2,
        at_ns=at_ns,
        title=f"{site}: the gateway answers again",
        text=f"It did not for {(at_ns - since_ns) / 1e9:.0f} s.",
    )
