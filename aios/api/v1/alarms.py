"""`/alarms`: what needs an operator's response, in the states of ISA-18.2."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.findings import ShownFinding, shown_findings
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment, moment_or_none
from edge.access.limits import LONGEST_SHELVED_S
from kernel.alarm import Alarm, AlarmState
from kernel.instruction import AlarmAct, OnAlarm
from kernel.shell.wire import Instruct

router = APIRouter(prefix="/sites/{site}/alarms", tags=["alarms"])
AlarmId = Annotated[str, Path(description="Id of the alarm, such as `busbar_balance:t1`.")]


class Shelve(Act):
    """Puts an alarm aside for a time."""

    for_s: float = Field(
        gt=0, le=LONGEST_SHELVED_S, description="How long, operational seconds; a day at the most."
    )


class ShownAlarm(Shown):
    """An alarm that is not normal, or cannot be judged."""

    id: str = Field(description="`condition:subject`; the same condition again has the same id.")
    condition: str = Field(description="Name of the condition.")
    asset: str = Field(description="Asset that it is about.")
    point: str = Field(description="The most likely point; empty where the evidence names none.")
    priority: int = Field(description="1 (high), 2 (medium) or 3 (low).", ge=1, le=3)
    state: AlarmState = Field(description="Where it stands (ISA-18.2).")
    active: bool = Field(description="Whether the condition holds.")
    blind: bool = Field(description="Whether the condition cannot be judged now.")
    at: Moment = Field(description="When it came into this state.")
    since: Moment | None = Field(
        description="Since when the condition holds or held; null where it never did."
    )
    shelved_until: Moment | None = Field(description="End of shelving; null where it is not shelved.")
    by: str = Field(description="Who acknowledged, shelved or took it out of service; else empty.")
    text: str = Field(description="What is wrong, with figures.")
    consequence: str = Field(description="What comes of it if nobody acts.")
    response: str = Field(description="What the operator should do.")
    respond_within_s: float = Field(description="Time to respond, operational seconds.")
    evidence: tuple[ShownFinding, ...] = Field(description="As it was when it came into this state.")


class ShownAlarms(Listed[ShownAlarm]):
    """A page of alarms: by priority, then the newest."""


def shown(alarm: Alarm) -> ShownAlarm:
    """Show an alarm."""
    return ShownAlarm(
        id=alarm.id,
        condition=alarm.condition,
        asset=alarm.asset,
        point=alarm.point,
        priority=alarm.priority,
        state=alarm.state,
        active=alarm.active,
        blind=alarm.blind,
        at=moment(alarm.at_ns),
        since=moment_or_none(alarm.since_ns),
        shelved_until=moment_or_none(alarm.shelved_until_ns),
        by=alarm.by,
        text=alarm.text,
        consequence=alarm.consequence,
        response=alarm.response,
        respond_within_s=alarm.respond_within_s,
        evidence=shown_findings(alarm.evidence),
    )


def alarm_of(seen: Seen, alarm: str) -> Alarm:
    """Return an alarm of a site.

    Raises:
        HTTPException: 404, no such alarm stands there.
    """
    found = next((one for one in seen.shot.alarms if one.id == alarm), None)
    if found is None:
        raise HTTPException(404, f"no alarm {alarm} stands at {seen.view.site}")
    return found


@router.get("", response_model=ShownAlarms, responses=READS)
async def alarms(
    request: Request,
    seen: ThisSite,
    state: Annotated[AlarmState | None, Query(description="Only alarms in this state.")] = None,
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> Response:
    """List alarms that are not normal or cannot be judged."""
    wanted = [one for one in seen.shot.alarms if state is None or one.state is state]
    page = cut(wanted, lambda one: (one.priority, -one.at_ns, one.id), limit=limit, cursor=cursor)
    listed = ShownAlarms(items=tuple(map(shown, page.nouns)), next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{alarm:path}", response_model=ShownAlarm, responses=READS)
async def alarm(request: Request, seen: ThisSite, alarm: AlarmId) -> Response:
    """Tell of one alarm; its entity tag is what an act on it may be conditional on."""
    return answered(request, shown(alarm_of(seen, alarm)), seen.headers)


@router.post("/{alarm:path}/acknowledge", response_model=Taken, status_code=202, responses=ACTS)
async def acknowledge(
    attempt: Annotated[Attempt, Depends(May(OnAlarm.ACKNOWLEDGE))], alarm: AlarmId, act: Act
) -> Response:
    """Say that somebody has seen an alarm."""
    return await _send(attempt, alarm, OnAlarm.ACKNOWLEDGE, act)


@router.post("/{alarm:path}/shelve", response_model=Taken, status_code=202, responses=ACTS)
async def shelve(
    attempt: Annotated[Attempt, Depends(May(OnAlarm.SHELVE))], alarm: AlarmId, act: Shelve
) -> Response:
    """Put an alarm aside for a time."""
    return await _send(attempt, alarm, OnAlarm.SHELVE, act, for_s=act.for_s)


@router.post("/{alarm:path}/unshelve", response_model=Taken, status_code=202, responses=ACTS)
async def unshelve(
    attempt: Annotated[Attempt, Depends(May(OnAlarm.UNSHELVE))], alarm: AlarmId, act: Act
) -> Response:
    """Bring a shelved alarm back before its time."""
    return await _send(attempt, alarm, OnAlarm.UNSHELVE, act)


@router.post("/{alarm:path}/take-out", response_model=Taken, status_code=202, responses=ACTS)
async def take_out(
    attempt: Annotated[Attempt, Depends(May(OnAlarm.TAKE_OUT))], alarm: AlarmId, act: Act
) -> Response:
    """Take an alarm out of service, for maintenance."""
    return await _send(attempt, alarm, OnAlarm.TAKE_OUT, act)


@router.post("/{alarm:path}/put-back", response_model=Taken, status_code=202, responses=ACTS)
async def put_back(
    attempt: Annotated[Attempt, Depends(May(OnAlarm.PUT_BACK))], alarm: AlarmId, act: Act
) -> Response:
    """Put an alarm back into service."""
    return await _send(attempt, alarm, OnAlarm.PUT_BACK, act)


async def _send(attempt: Attempt, alarm: str, what: OnAlarm, act: Act, *, for_s: float = 0.0) -> Response:
    found = await attempt.find(alarm_of, alarm)
    told = AlarmAct(**attempt.told(act.reason), alarm=alarm, act=what)
    about = None if found is None else shown(found)
    return await attempt.send(Instruct(instruction=told, for_s=for_s), about=about, subject=alarm)
