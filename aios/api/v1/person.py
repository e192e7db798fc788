"""Who acts, with the roles that grant it: the right is asked at the site that the path names."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from fastapi import HTTPException, Request
from fastapi.security import HTTPBearer

from aios.access.identity import Identity
from aios.api.identity import front_of
from policies.rights.rights import Granted

SHOWN_BY: Final = HTTPBearer(
    auto_error=False, scheme_name="token", description="An API token; a browser shows its sign-in instead."
)
"""Describes how a person is known; `aios.api.identity` says who it is, before any route is reached."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, with the roles that grant it."""

    identity: Identity
    roles: tuple[str, ...]


def granted(request: Request, identity: Identity, *, action: str, kind: str, site: str) -> Person:
    """Return a person with the roles that grant an action.

    Raises:
        HTTPException: 403, the right is not there, and why.
    """
    found = front_of(request).may(identity, action, kind, site)
    if not isinstance(found, Granted):
        raise HTTPException(403, found.why)
    return Person(identity, found.roles)


def not_too_often(request: Request, identity: Identity) -> None:
    """Take one of the acts that a person has, by whatever way and from wherever they come.

    Raises:
        HTTPException: 429, there is none left; `Retry-After` says when there is.
    """
    front = front_of(request)
    if front.paces is None:
        return
    wait_s = front.paces.acts.take(f"person {identity.person}", now_ns=front.now_ns())
    if wait_s > 0:
        seconds = math.ceil(wait_s)
        raise HTTPException(
            429, f"you act too often; come back in {seconds} s", headers={"Retry-After": str(seconds)}
        )
