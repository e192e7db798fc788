"""`/agents`: the agents of a gateway, on which rung they stand, and what people do with one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.pages import USUAL, Cursor, Limit, Listed, cut, link
from aios.api.v1.seen import Seen, ThisSite
from aios.api.v1.shown import Moment, Shown, moment, moment_or_none
from kernel.instruction import AgentChange, Change
from kernel.shell.wire import Instruct, RungState

router = APIRouter(prefix="/sites/{site}/agents", tags=["agents"])
AgentName = Annotated[str, Path(description="Name of the agent, as the site file has it.")]
MaySuspend = Annotated[Attempt, Depends(May(Change.SUSPEND))]
MayResume = Annotated[Attempt, Depends(May(Change.RESUME))]


class ShownAgent(Shown):
    """An agent and where it stands on the ladder."""

    id: str = Field(description="Name of the agent.")
    rung: str = Field(description="Rung of the ladder it stands on: `model` is the highest.")
    condition: str = Field(description="What leads to it; empty on the highest rung.")
    why: str = Field(description="The same in words.")
    since: Moment = Field(description="Since when it stands there.")
    suspended_by: str = Field(description="Who has suspended it; empty where nobody has.")
    suspended_for: str = Field(description="Why; else empty.")
    suspended_at: Moment | None = Field(description="Since when; else null.")


class ShownAgents(Listed[ShownAgent]):
    """A page of agents, by name."""


def shown(rung: RungState, seen: Seen) -> ShownAgent:
    """Show an agent."""
    held = next((one for one in seen.shot.suspended if one.agent == rung.agent), None)
    return ShownAgent(
        id=rung.agent,
        rung=rung.rung,
        condition=rung.condition,
        why=rung.why,
        since=moment(rung.since_ns),
        suspended_by="" if held is None else held.person,
        suspended_for="" if held is None else held.reason,
        suspended_at=None if held is None else moment_or_none(held.at_ns),
    )


def agent_of(seen: Seen, agent: str) -> RungState:
    """Return an agent of a site.

    Raises:
        HTTPException: 404, there is no such agent.
    """
    found = next((one for one in seen.shot.rungs if one.agent == agent), None)
    if found is None:
        raise HTTPException(404, f"{seen.view.site} has no agent {agent}")
    return found


@router.get("", response_model=ShownAgents, responses=READS)
async def agents(request: Request, seen: ThisSite, limit: Limit = USUAL, cursor: Cursor = "") -> Response:
    """List the agents."""
    page = cut(seen.shot.rungs, lambda one: (one.agent,), limit=limit, cursor=cursor)
    listed = ShownAgents(items=tuple(shown(one, seen) for one in page.nouns), next=page.next)
    return answered(request, listed, seen.headers | link(request, page.next))


@router.get("/{agent}", response_model=ShownAgent, responses=READS)
async def agent(request: Request, seen: ThisSite, agent: AgentName) -> Response:
    """Tell of one agent."""
    return answered(request, shown(agent_of(seen, agent), seen), seen.headers)


@router.post("/{agent}/suspend", response_model=Taken, status_code=202, responses=ACTS)
async def suspend(attempt: MaySuspend, agent: AgentName, act: Act) -> Response:
    """Let an agent step no more; what it wanted expires, then its points go safe by the ordinary rule."""
    return await _send(attempt, agent, Change.SUSPEND, act)


@router.post("/{agent}/resume", response_model=Taken, status_code=202, responses=ACTS)
async def resume(attempt: MayResume, agent: AgentName, act: Act) -> Response:
    """Let a suspended agent step again from its next release on."""
    return await _send(attempt, agent, Change.RESUME, act)


@router.post("/{agent}/restart", response_model=Taken, status_code=202, responses=ACTS)
async def restart(
    attempt: Annotated[Attempt, Depends(May(Change.RESTART))], agent: AgentName, act: Act
) -> Response:
    """Let an agent begin again from its start state."""
    return await _send(attempt, agent, Change.RESTART, act)


async def _send(attempt: Attempt, agent: str, change: Change, act: Act) -> Response:
    found = agent_of(attempt.seen, agent)
    told = AgentChange(**attempt.told(act.reason), agent=agent, change=change)
    return await attempt.send(Instruct(instruction=told), about=shown(found, attempt.seen), subject=agent)
