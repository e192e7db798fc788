"""What stands before the pages of a desk: who there is, what they may, and how fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from aios.access.access import Access
from aios.access.identity import Identity
from aios.api.pace import ACTS, READS, Buckets
from aios.control_room.viewer import NOBODY, Viewer
from policies.rights.rights import Granted, Refused, RightAsked, Rights, shipped_table

if TYPE_CHECKING:
    from aios.api.oidc import Ways

HOSTS: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
BODY_MOST: Final = 65_536
"""Bytes of the longest body that is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paces:
    """How fast each client may read and act."""

    reads: Buckets = field(default_factory=lambda: Buckets(READS))
    acts: Buckets = field(default_factory=lambda: Buckets(ACTS))


@dataclass(frozen=True, kw_only=True)
class Front:
    """What a desk asks before it answers."""

    access: Access | None = None
    """Who there is; None means that this desk has no accounts, and never will."""
    oidc: Ways | None = None
    """An OpenID provider whose word is taken; None takes no other than our own."""
    tls: bool = False
    """Whether the way to this desk is encrypted: cookies then are kept from every other way."""
    loopback: bool = True
    """Whether this machine alone reaches the desk."""
    hosts: frozenset[str] = HOSTS
    """Names under which the desk answers."""
    paces: Paces | None = None
    """None sets no limit."""
    now_ns: Callable[[], int] = time.time_ns
    """Nanoseconds since 1970 UTC: a sign-in outlives a restart."""

    @property
    def is_open(self) -> bool:
        """Whether reading takes no identity: on this machine alone, and before the first account is made."""
        return self.loopback and self.oidc is None and (self.access is None or not self.access.accounts.any())

    @property
    def cookie(self) -> str:
        """Name of the cookie. `__Host-` binds it to this host and to TLS; browsers refuse it without."""
        return "__Host-aios" if self.tls else "aios"

    @cached_property
    def rights(self) -> Rights:
        """The policy of rights; its engine belongs to the thread that asks first: the event loop's."""
        return Rights()

    def may(self, who: Identity, action: str, kind: str, site: str) -> Granted | Refused:
        """Answer whether a person may do something to objects of a kind at a site."""
        return self.rights.may(
            RightAsked(
                person=who.person,
                roles=tuple(who.roles),
                sites=who.sites,
                action=action,
                kind=kind,
                site=site,
            )
        )

    def sees(self, who: Identity, site: str) -> bool:
        """Tell whether a person may read the points of a site."""
        return isinstance(self.may(who, "read", "point", site), Granted)

    def viewer(self, who: Identity | None, site: str) -> Viewer:
        """Return who looks at the page of a site, with the acts that they may be offered."""
        if who is None:
            return NOBODY
        acts = tuple(a for kind, a in _acts() if isinstance(self.may(who, a, kind, site), Granted))
        return Viewer(person=who.person, roles=tuple(who.roles), may=acts)


@lru_cache(maxsize=1)
def _acts() -> tuple[tuple[str, str], ...]:
    """Return every kind and action but reading."""
    grants = shipped_table()["grants"]
    return tuple((kind, action) for kind, actions in grants.items() for action in actions if action != "read")
