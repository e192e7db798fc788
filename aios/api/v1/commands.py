"""`/commands`: what was decided lately, what became of it, and the way of each."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, HTTPException, Path, Query, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import ASK_AGAIN, ThisSite, ThisView
from aios.api.v1.shown import Moment, Shown, moment, moment_or_none, number
from aios.control_room.source import SourceDown
from kernel.shell.wire import CommandState, Lineage, PutRequest

router = APIRouter(prefix="/sites/{site}/commands", tags=["commands"])
CommandId = Annotated[str, Path(description="Id of the command.")]
PATIENCE_S: Final = 5.0
"""Real seconds the gateway has to tell a command's way."""


class ShownCommand(Shown):
    """A command, or a decision that was refused."""

    id: str = Field(description="Command id; for a refused decision the id the command would have had.")
    point: str = Field(description="Name of the point.")
    value: float | None = Field(description="In `unit`.")
    unit: str = Field(description="Unit of the point.")
    at: Moment = Field(description="When it was issued or refused.")
    asked_by: str = Field(description="Whose wish it is.")
    verdict: str = Field(description="allow, clamp, deny, ask or safe_set.")
    rule: str = Field(description="Rule of the policy that bounded or refused it; empty where none did.")
    reason: str = Field(description="Why.")
    outcome: str = Field(description="open, done, refused, timed_out, expired, unknown or denied.")
    detail: str = Field(description="What is known of the outcome.")
    renewal: bool = Field(description="Whether it repeats a value that stands already.")


class ShownCommands(Listed[ShownCommand]):
    """A page of commands, the newest first."""


class ShownLineage(Shown):
    """Where a command came from and what became of it; times in it are nanoseconds since 1970 UTC."""

    decided_at: Moment | None = Field(description="When it was decided; null where that is not known.")
    written_at: Moment | None = Field(description="When it was written; null where it was not.")
    revision: str = Field(description="Revision of the policies that judged it.")
    command: dict[str, Any] | None = Field(description="The command; null where there was none.")
    decision: dict[str, Any] | None = Field(description="The arbiter's decision, and who narrowed it.")
    verdict: dict[str, Any] | None = Field(description="What policy said.")
    receipt: dict[str, Any] | None = Field(description="What became of it.")
    proposals: tuple[dict[str, Any], ...] = Field(description="What agents and people wanted.")
    measurements: tuple[dict[str, Any], ...] = Field(description="What was measured.")
    forecasts: tuple[dict[str, Any], ...] = Field(description="What was forecast.")
    question: dict[str, Any] | None = Field(
        description="What people were asked, with their answers; else null."
    )
    missing: str = Field(description="Why parts are not there; else empty.")


class Wish(Act):
    """A value that a person wants of a point; arbiter and policy decide."""

    point: str = Field(min_length=1, max_length=200, description="Writable point, or a sum.")
    value: float = Field(allow_inf_nan=False, description="In the unit of the point; 1 for a pulse.")
    validity_s: float = Field(
        default=600.0, gt=0, le=3600, description="How long the wish stands, operational seconds."
    )


def shown(command: CommandState) -> ShownCommand:
    """Show a command."""
    return ShownCommand(
        id=command.id,
        point=command.point,
        value=number(command.value),
        unit=command.unit,
        at=moment(command.at_ns),
        asked_by=command.asked_by,
        verdict=command.verdict,
        rule=command.rule,
        reason=command.reason,
        outcome=command.outcome,
        detail=command.detail,
        renewal=command.renewal,
    )


def shown_way(way: Lineage) -> ShownLineage:
    """Show the way of a command."""
    # By way of JSON: what is not finite becomes null, and every noun a plain object.
    told = msgspec.json.decode(msgspec.json.encode(way))
    parts = (
        "command",
        "decision",
        "verdict",
        "receipt",
        "proposals",
        "measurements",
        "forecasts",
        "question",
    )
    return ShownLineage(
        decided_at=moment_or_none(way.decided_at_ns),
        written_at=moment_or_none(way.written_at_ns),
        revision=way.revision,
        missing=way.missing,
        **{name: told[name] for name in parts},
    )


@router.get("", response_model=ShownCommands, responses=READS)
async def commands(
    request: Request,
    seen: ThisSite,
    point: Annotated[str, Query(max_length=200, description="Only on this point.")] = "",
    limit: Limit = USUAL,
    cursor: Cursor = "",
) -> Response:
    """List the newest commands and refusals; older ones stand in the journal."""
    wanted = [one for one in seen.shot.commands if not point or one.point == point]
    page = cut(wanted, lambda one: (-one.at_ns, one.id), limit=limit, cursor=cursor)
    listed = ShownCommands(items=tuple(map(shown, page.nouns)), next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{command:path}", response_model=ShownLineage, responses=READS)
async def command(request: Request, view: ThisView, command: CommandId) -> Response:
    """Tell where a command came from and what became of it."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            way = await view.source.lineage(command)
    except TimeoutError:
        why = f"the gateway gave no answer in {PATIENCE_S:g} s"
        raise HTTPException(503, why, headers=ASK_AGAIN) from None
    except SourceDown as down:
        raise HTTPException(503, f"the gateway does not answer: {down}", headers=ASK_AGAIN) from down
    if way.command is None and way.decision is None:
        raise HTTPException(404, way.missing or f"no command {command} at {view.site}")
    return answered(request, shown_way(way), {})


@router.post("", response_model=Taken, status_code=202, responses=ACTS)
async def wish(attempt: Annotated[Attempt, Depends(May(PutRequest))], act: Wish) -> Response:
    """Ask for a value on a point: the gateway judges it as every other wish."""
    message = PutRequest(
        point=act.point,
        value=act.value,
        person=attempt.person.identity.person,
        reason=act.reason,
        validity_s=act.validity_s,
        key=attempt.full_key,
    )
    return await attempt.send(message, about=None, kind="request")
