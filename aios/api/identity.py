"""Who asks stands on every request; what is not open to anybody is answered to nobody else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from aios.access.identity import Identity, Stranger
from aios.api.front import Front
from aios.api.origin import SAFE
from aios.api.problem import problem
from aios.api.reading import Read, is_open, right_of
from policies.rights.rights import Refused

BEARER: Final = {"WWW-Authenticate": "Bearer"}
NO_ACCOUNTS: Final = "this desk has no accounts and takes no acts: make one with `aios account add`"
READS: Final = "reads"
"""Name in the state of a request: the rights that a route took beside the one of its path."""
_LISTS: Final = frozenset({"/", "/events"})
"""What a desk of several gateways shows of all of them."""
_BY_ITSELF: Final = "events"
"""Last part of the paths that a page asks by itself: a stream keeps no sign-in alive."""


class Identified:
    """Puts who asks into the request, and turns strangers away."""

    def __init__(self, app: ASGIApp, front: Front) -> None:
        self._app = app
        self._front = front

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its identity, or answer why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        found = who_asks(headers, path, self._front)
        state = scope.setdefault("state", {})
        state["front"], state["identity"] = self._front, found
        refused = self._refusal(scope, found)
        if refused is not None:
            await refused(scope, receive, send)
        elif isinstance(found, Identity):
            await self._app(scope, receive, self._while_known(scope, found, send))
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, found: Identity | Stranger) -> Response | None:
        path, reading = scope["path"], scope["method"] in SAFE
        if is_open(path):
            return None
        if isinstance(found, Stranger):
            if self._front.is_open and reading:
                return None
            return self._ask_to_sign_in(scope, found)
        right = right_of(path) if reading else None
        if right is None:
            return None
        answers = (self._front.may(found, "read", right.kind, site) for site in _shown_by(scope, right.site))
        refused = next((one for one in answers if isinstance(one, Refused)), None)
        return None if refused is None else problem(403, refused.why)

    def _ask_to_sign_in(self, scope: Scope, found: Stranger) -> Response:
        path = scope["path"]
        wants_page = "text/html" in Headers(scope=scope).get("accept", "")
        if scope["method"] in SAFE and wants_page and not path.startswith("/api/"):
            return RedirectResponse(f"/sign-in?to={quote(path, safe='/')}", status_code=303)
        return problem(401, NO_ACCOUNTS if self._front.is_open else found.why, BEARER)

    def _while_known(self, scope: Scope, opened: Identity, send: Send) -> Send:
        """Send a stream only as long as its sign-in lasts, with the rights by which it was opened."""
        ended, judged = False, opened

        async def sending(message: Message) -> None:
            nonlocal ended, judged
            if ended:
                return
            if message["type"] == "http.response.body" and message.get("more_body"):
                found = who_asks(Headers(scope=scope), scope["path"], self._front, used=False)
                # Rights are asked again when the person has changed: a stream sends many times a second.
                ended = isinstance(found, Stranger) or (found != judged and self._reads_no_more(scope, found))
                judged = judged if isinstance(found, Stranger) else found
                if ended:
                    message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        return sending

    def _reads_no_more(self, scope: Scope, found: Identity) -> bool:
        """Tell whether a person has lost a right that what is sent to them takes."""
        taken: Iterable[Read] = scope["state"].get(READS, ())
        lost = (isinstance(self._front.may(found, "read", r.kind, r.site), Refused) for r in taken)
        return self._refusal(scope, found) is not None or any(lost)


def who_asks(headers: Headers, path: str, front: Front, *, used: bool = True) -> Identity | Stranger:
    """Return who asks, by token or by the cookie of a sign-in."""
    if front.access is None:
        return Stranger(why=NO_ACCOUNTS)
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme and scheme.casefold() != "bearer":
        return Stranger(why="show a token as `Authorization: Bearer ...`")
    used = used and not path.endswith(_BY_ITSELF)
    return front.access.identify(
        cookie=cookie_of(headers, front), bearer=token.strip(), now_ns=front.now_ns(), used=used
    )


def cookie_of(headers: Headers, front: Front) -> str:
    """Return the secret of a sign-in that a browser shows; empty where it shows none."""
    return cookie_parser(headers.get("cookie", "")).get(front.cookie, "")


def _shown_by(scope: Scope, site: str) -> tuple[str, ...]:
    """Return the sites of which a path shows something: the one that it names, else all of this desk.

    The list of several gateways is left to itself: it shows nobody one that they may not read.
    """
    if site:
        return (site,)
    sites = tuple(view.site for view in getattr(scope["app"].state, "sites", ())) if "app" in scope else ()
    return () if len(sites) > 1 and scope["path"] in _LISTS else sites


def front_of(request: Request) -> Front:
    """Return what stands before this desk."""
    front: Front = request.state.front
    return front


def source_of(request: Request) -> str:
    """Return the address that a request came from; empty where the server does not say."""
    return "" if request.client is None else request.client.host


def asker(request: Request) -> Identity | None:
    """Return who asks; None where nobody is known and reading is open."""
    found = request.state.identity
    return found if isinstance(found, Identity) else None


async def identified(request: Request) -> Identity:
    """Return who asks.

    Raises:
        HTTPException: 401, nobody is known.
    """
    found: Identity | Stranger = request.state.identity
    if isinstance(found, Stranger):
        raise HTTPException(401, NO_ACCOUNTS if front_of(request).is_open else found.why, headers=BEARER)
    return found


Known = Annotated[Identity, Depends(identified)]
"""Who asks, for a route that does something; 401 where nobody is known."""
