"""The alarms: what needs an operator's response, with what it rests on and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aios.control_room.acts.offer import Offer
from aios.control_room.acts.on_alarms import alarm_offers
from aios.control_room.figures import exact
from aios.control_room.sight import Place
from aios.control_room.times import duration, moment, seconds_between, to_ms
from kernel.alarm import SHOWN, Alarm, AlarmState
from kernel.finding import Finding
from kernel.quality import describe, is_good
from kernel.shell.wire import Snapshot

WORDS: Final = {
    AlarmState.NORMAL: "normal",
    AlarmState.UNACKNOWLEDGED: "active, not acknowledged",
    AlarmState.ACKNOWLEDGED: "active, acknowledged",
    AlarmState.RETURNED: "over, not acknowledged",
    AlarmState.SHELVED: "shelved",
    AlarmState.SUPPRESSED: "suppressed by design",
    AlarmState.OUT_OF_SERVICE: "out of service",
}
"""The states of ISA-18.2 in words."""
PRIORITIES: Final = {1: "high", 2: "medium", 3: "low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEvidence:
    """One value that an alarm rests on, as it was at the transition."""

    text: str
    value: str
    quality: str
    """Empty where it is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """One alarm in the list."""

    id: str
    severity: str
    """Class of its colour; empty where it is not in the operator's list."""
    priority: str
    state: str
    asset: str
    text: str
    since: str
    since_ms: int
    age: str
    point: str
    evidence: tuple[AlarmEvidence, ...]
    consequence: str
    response: str
    respond_within: str
    blind: bool
    by: str
    """Who acknowledged it or put it aside; empty where nobody did."""
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """The whole list: what the operator has to see, what is put aside, what cannot be judged."""

    shown: tuple[AlarmRow, ...]
    aside: tuple[AlarmRow, ...]
    unjudged: tuple[AlarmRow, ...]


def alarms(snapshot: Snapshot, place: Place) -> Alarms:
    """Word the alarms of a gateway, in the order of the snapshot: the most urgent first."""
    rows = [(alarm, _row(alarm, snapshot, place)) for alarm in snapshot.alarms]
    return Alarms(
        shown=tuple(row for alarm, row in rows if alarm.state in SHOWN),
        aside=tuple(row for alarm, row in rows if alarm.state not in {*SHOWN, AlarmState.NORMAL}),
        unjudged=tuple(row for alarm, row in rows if alarm.state is AlarmState.NORMAL),
    )


def _row(alarm: Alarm, snapshot: Snapshot, place: Place) -> AlarmRow:
    since_ns = alarm.since_ns or alarm.at_ns
    return AlarmRow(
        id=alarm.id,
        severity=f"p{alarm.priority}" if alarm.state in SHOWN else "",
        priority=PRIORITIES.get(alarm.priority, str(alarm.priority)),
        state=WORDS[alarm.state],
        asset=place.title(alarm.asset),
        text=alarm.text,
        since=moment(since_ns, snapshot.now_ns, place.zone),
        since_ms=to_ms(since_ns),
        age=duration(seconds_between(since_ns, snapshot.now_ns)),
        point=alarm.point,
        evidence=tuple(_evidence(finding) for finding in alarm.evidence),
        consequence=alarm.consequence,
        response=alarm.response,
        respond_within=duration(alarm.respond_within_s),
        blind=alarm.blind,
        by=_by(alarm, snapshot, place),
        offers=alarm_offers(alarm),
    )


def _by(alarm: Alarm, snapshot: Snapshot, place: Place) -> str:
    until = moment(alarm.shelved_until_ns, snapshot.now_ns, place.zone) if alarm.shelved_until_ns else ""
    return " ".join(
        part for part in (f"by {alarm.by}" if alarm.by else "", f"until {until}" if until else "") if part
    )


def _evidence(finding: Finding) -> AlarmEvidence:
    limit = "" if finding.limit is None else f", limit {exact(finding.limit, finding.unit)}"
    return AlarmEvidence(
        text=finding.text,
        value=f"{exact(finding.value, finding.unit)}{limit}",
        quality="" if is_good(finding.quality) else describe(finding.quality),
    )
