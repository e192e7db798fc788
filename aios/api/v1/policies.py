"""`/policies`: the gate as it stands."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.answers import READS, answered
from aios.api.v1.seen import ThisSite
from aios.api.v1.shown import Moment, Shown, moment_or_none
from kernel.shell.wire import GateState

router = APIRouter(prefix="/sites/{site}/policies", tags=["policies"])


class ShownGate(Shown):
    """The policies that are in force, and whether the gate can ask them."""

    revision: str = Field(description="Revision of the policies in force.")
    healthy: bool = Field(description="Whether the gate answers; where it does not, nothing is permitted.")
    failure: str = Field(description="Why it does not; else empty.")
    since: Moment | None = Field(description="Since when it stands so.")
    rules: tuple[str, ...] = Field(description="Names of the rules in force.")


def shown(gate: GateState) -> ShownGate:
    """Show the gate."""
    return ShownGate(
        revision=gate.revision,
        healthy=gate.healthy,
        failure=gate.failure,
        since=moment_or_none(gate.since_ns),
        rules=gate.rules,
    )


@router.get("", response_model=ShownGate, responses=READS)
async def policies(request: Request, seen: ThisSite) -> Response:
    """Tell which policies are in force."""
    return answered(request, shown(seen.shot.gate), seen.headers)
