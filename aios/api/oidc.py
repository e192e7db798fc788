"""`/sign-in/oidc`: to an OpenID provider and back; each way belongs to one browser and is gone once."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from aios.access.access import Access
from aios.access.barred import IsBarred
from aios.access.lockout import source_of as one_source
from aios.access.oidc import Begun, NotVouched, OpenId, Vouched
from aios.access.sessions import SignIn
from aios.api.identity import front_of, source_of
from aios.api.problem import problem
from aios.api.sign_in import keep
from aios.control_room.panes import signed_in_page

router = APIRouter(prefix="/sign-in/oidc")
WAYS: Final = 1000
"""Sign-ins under way; the oldest is forgotten first."""
WAYS_OF_ONE: Final = 20
"""Of these, those of one source: whoever begins more ends the oldest of their own, and nobody else's."""
LASTS_NS: Final = 600_000_000_000
"""Ten minutes to sign in at the provider."""
COOKIE: Final = "aios-oidc"
BACK: Final = "/sign-in/oidc/back"

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Ways:
    """A provider, and the sign-ins that are under way to it."""

    provider: OpenId
    _begun: OrderedDict[str, tuple[Begun, int, str]] = field(default_factory=OrderedDict)

    def remember(self, begun: Begun, now_ns: int, *, source: str = "") -> None:
        """Remember a sign-in that was begun from an address."""
        place = one_source(source)
        own = [state for state, (_, _, from_) in self._begun.items() if from_ == place]
        for state in own[: max(0, len(own) + 1 - WAYS_OF_ONE)]:
            del self._begun[state]
        self._begun[begun.state] = (begun, now_ns, place)
        while len(self._begun) > WAYS:
            self._begun.popitem(last=False)

    def take(self, state: str, now_ns: int) -> Begun | None:
        """Return a sign-in that was begun, once; None where there is none or it is too old."""
        begun, since_ns, _ = self._begun.pop(state, (None, 0, ""))
        return begun if now_ns - since_ns < LASTS_NS else None


@router.get("")
async def begin(request: Request) -> Response:
    """Send a browser to the provider."""
    front = front_of(request)
    if front.oidc is None:
        return problem(404, "this desk knows no provider")
    begun = await front.oidc.provider.begin(_back(request))
    if isinstance(begun, NotVouched):
        return problem(503, begun.why, {"Retry-After": "10"})
    front.oidc.remember(begun, front.now_ns(), source=source_of(request))
    answer = RedirectResponse(begun.url, status_code=303)
    # Lax: the browser comes back from another site, and must show it then.
    answer.set_cookie(
        COOKIE,
        begun.state,
        max_age=600,
        path="/sign-in/oidc",
        secure=front.tls,
        httponly=True,
        samesite="lax",
    )
    return answer


@router.get("/back")
async def back(request: Request, state: str = "", code: str = "") -> Response:
    """Take a browser back from the provider, and sign its person in."""
    front = front_of(request)
    if front.oidc is None or front.access is None:
        return problem(404, "this desk knows no provider")
    shown = request.cookies.get(COOKIE, "")
    begun = (
        front.oidc.take(state, front.now_ns())
        if hmac.compare_digest(shown.encode(), state.encode())
        else None
    )
    if begun is None or not code:
        return problem(400, "this browser has begun no such sign-in; begin again at /sign-in")
    now_ns = front.now_ns()
    found = await front.oidc.provider.finish(begun, code, _back(request), now_s=now_ns // 1_000_000_000)
    if isinstance(found, NotVouched):
        _log.warning("oidc_sign_in_refused", why=found.why)
        return problem(403, found.why)
    try:
        opened = _opened(front.access, found, source=source_of(request), now_ns=now_ns)
    except IsBarred:
        _log.warning("sign_in_of_locked_account", account=found.person)
        front.access.trail.tell("sign_in_of_locked_account", found.person, source=source_of(request))
        return problem(403, f"{found.person} is locked at this desk; whoever keeps its accounts unlocks it")
    _log.info("signed_in", account=found.person, sign_in=opened.identity.sign_in)
    # A page of our own leads on: a browser shows a strict cookie to no redirect that began elsewhere.
    answer = HTMLResponse(signed_in_page())
    answer.delete_cookie(COOKIE, path="/sign-in/oidc")
    keep(answer, opened.secret, front)
    return answer


def _opened(access: Access, found: Vouched, *, source: str, now_ns: int) -> SignIn:
    """Sign a person in with what the provider says of them.

    Raises:
        IsBarred: they are locked here.
    """
    return access.sessions.open(
        found.person, now_ns=now_ns, provider="oidc", roles=found.roles, sites=found.sites, source=source
    )


def _back(request: Request) -> str:
    """Return where the provider sends the browser back to; the name was checked before."""
    scheme = "https" if front_of(request).tls else "http"
    return f"{scheme}://{request.headers['host']}{BACK}"
