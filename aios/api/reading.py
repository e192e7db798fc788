"""Which right a request needs only to be read: what stands in no table is read by nobody."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

import msgspec

_KINDS: Final = {
    "": "point",
    "points": "point",
    "overrides": "point",
    "commands": "command",
    "approvals": "question",
    "alarms": "alarm",
    "repair-orders": "repair_order",
    "forecasts": "forecast",
    "policies": "policy",
    "journal": "journal",
    "events": "point",
    "agents": "agent",
    "agent-questions": "question",
    "shifts": "shift",
    "hand-overs": "shift",
    "audit": "audit",
}
"""Kind of object by the name of its resource."""
_SITES: Final = "/api/v1/sites/"
_DESK: Final = "/desk/"
ANYBODY: Final = frozenset({"/healthz", "/sign-in", "/api/v1/sign-in"})
"""Paths without an identity: whether the page lives, and the way to an identity."""
KNOWN: Final = frozenset({"/api/v1/me", "/api/v1/sign-out", "/api/v1/sites", "/api/v1/openapi.json"})
"""Paths for whoever is known, whatever their rights."""


class Read(msgspec.Struct, frozen=True):
    """The right to read objects of a kind; `site` is empty where the page of this desk is meant."""

    kind: str
    site: str = ""


def is_open(path: str) -> bool:
    """Tell whether a path is answered to anybody.

    >>> is_open("/static/main.js"), is_open("/static"), is_open("/")
    (True, False, False)
    """
    return path in ANYBODY or path.startswith(("/static/", "/sign-in/"))


def right_of(path: str) -> Read | None:
    """Return the right that reading a path takes; None where being known is enough.

    >>> right_of("/api/v1/sites/nord/repair-orders/7")
    Read(kind='repair_order', site='nord')
    >>> right_of("/alarms"), right_of("/api/v1/me")
    (Read(kind='point', site=''), None)
    >>> right_of("/desk/west/alarms")
    Read(kind='point', site='west')
    """
    if path in KNOWN:
        return None
    if path.startswith(_DESK):
        return Read("point", unquote(path.removeprefix(_DESK).partition("/")[0]))
    if not path.startswith(_SITES):
        return Read("point")
    site, _, rest = path.removeprefix(_SITES).partition("/")
    resource = rest.partition("/")[0]
    return Read(_KINDS.get(resource, resource), unquote(site))
