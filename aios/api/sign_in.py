"""`/api/v1/sign-in`, `/sign-out`, `/me`: the way to an identity, and out of it."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from aios.access.access import Refused
from aios.access.identity import Identity
from aios.api.front import Front
from aios.api.identity import BEARER, NO_ACCOUNTS, Known, cookie_of, front_of, source_of
from aios.api.problem import problem
from aios.control_room.panes import sign_in_page

router = APIRouter()


class Credentials(BaseModel):
    """Who somebody says they are."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    name: str = Field(max_length=200)
    password: str = Field(max_length=1000, repr=False)


@router.get("/sign-in")
async def page(request: Request) -> Response:
    """Show the page on which people sign in."""
    return HTMLResponse(sign_in_page(provider=front_of(request).oidc is not None))


@router.post("/api/v1/sign-in")
async def sign_in(request: Request, told: Credentials) -> Response:
    """Sign somebody in by password."""
    front = front_of(request)
    if front.access is None or front.is_open:
        return problem(401, NO_ACCOUNTS, BEARER)
    before = cookie_of(request.headers, front)
    found = await front.access.sign_in(
        told.name, told.password, source=source_of(request), now_ns=front.now_ns()
    )
    if isinstance(found, Refused):
        if found.wait_s:
            seconds = math.ceil(found.wait_s)
            return problem(429, f"{found.why} {seconds} s", {"Retry-After": str(seconds)})
        return problem(401, found.why, BEARER)
    front.access.sessions.end(before)
    answer = _shown(found.identity)
    keep(answer, found.secret, front)
    return answer


@router.post("/api/v1/sign-out", status_code=204)
async def sign_out(request: Request, _who: Known) -> Response:
    """End the sign-in of this browser."""
    front = front_of(request)
    if front.access is not None:
        front.access.sessions.end(cookie_of(request.headers, front))
    answer = Response(status_code=204)
    answer.delete_cookie(front.cookie, secure=front.tls, httponly=True, samesite="strict")
    return answer


@router.get("/api/v1/me")
async def me(who: Known) -> Response:
    """Say who asks."""
    return _shown(who)


def keep(answer: Response, secret: str, front: Front) -> None:
    """Let a browser keep the secret of a sign-in: for this host, out of reach of scripts and other pages."""
    answer.set_cookie(front.cookie, secret, path="/", secure=front.tls, httponly=True, samesite="strict")


def _shown(who: Identity) -> JSONResponse:
    return JSONResponse(
        {
            "person": who.person,
            "roles": list(who.roles),
            "sites": list(who.sites),
            "way": who.way,
            "sign_in": who.sign_in,
        }
    )
