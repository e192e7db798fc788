"""`/policies`: the gate as it stands, and signed bundles that are tried, promoted or rolled back."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response
from pydantic import Field

from aios.api.v1.acting import ACTS, Act, Attempt, May, Taken
from aios.api.v1.answers import READS, answered
from aios.api.v1.seen import ThisSite
from aios.api.v1.shown import Moment, Shown, moment_or_none
from kernel.instruction import BundleAct, BundleStep, subject
from kernel.shell.wire import GateState, Instruct

router = APIRouter(prefix="/sites/{site}/policies", tags=["policies"])


PATIENCE_S: Final = 60.0
"""Real seconds that the gateway has to try a bundle: its process starts, its day is judged."""
Revision = Annotated[
    str, Path(min_length=1, max_length=200, description="Revision of a bundle on the gateway's shelf.")
]


class Promote(Act):
    """Lets what a bundle says count."""

    assets: tuple[Annotated[str, Field(min_length=1, max_length=200)], ...] = Field(
        default=(), max_length=500, description="For the commands of these assets alone; empty for all."
    )


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


@router.post("/{revision}/shadow", response_model=Taken, status_code=202, responses=ACTS)
async def shadow(
    attempt: Annotated[Attempt, Depends(May(BundleStep.SHADOW))], revision: Revision, act: Act
) -> Response:
    """Ask a bundle beside the active one; what it says counts for nothing."""
    return await _send(
        attempt, BundleAct(**attempt.told(act.reason), step=BundleStep.SHADOW, revision=revision)
    )


@router.post("/{revision}/promote", response_model=Taken, status_code=202, responses=ACTS)
async def promote(
    attempt: Annotated[Attempt, Depends(May(BundleStep.PROMOTE))], revision: Revision, act: Promote
) -> Response:
    """Let what a bundle says count; who promotes one that permits more approves it, and is not its signer."""
    told = attempt.told(act.reason)
    # A name that was typed proves nothing: the approver is who is known.
    bundle = BundleAct(
        **told, step=BundleStep.PROMOTE, revision=revision, assets=act.assets, approver=told["person"]
    )
    return await _send(attempt, bundle)


@router.post("/rollback", response_model=Taken, status_code=202, responses=ACTS)
async def rollback(attempt: Annotated[Attempt, Depends(May(BundleStep.ROLLBACK))], act: Act) -> Response:
    """Try nothing more; where nothing is tried, return to the bundle before."""
    return await _send(attempt, BundleAct(**attempt.told(act.reason), step=BundleStep.ROLLBACK))


async def _send(attempt: Attempt, told: BundleAct) -> Response:
    gate = shown(attempt.seen.shot.gate)
    return await attempt.send(
        Instruct(instruction=told), about=gate, subject=subject(told), patience_s=PATIENCE_S
    )
