"""Who asks: a person with roles and sites, and by which way they showed who they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

import msgspec

OF_PROVIDER: Final = "oidc:"
"""Before the name of a person whom a provider keeps; no local account has a colon in its name."""
EVERY_SITE: Final = "*"
"""What stands in `sites` where a person is assigned to every one."""
Way = Literal["desk", "token"]


class Role(StrEnum):
    """The roles of IEC 62351-8; what each may do is policy (`policies/rights`)."""

    VIEWER = "VIEWER"
    """Sees."""
    OPERATOR = "OPERATOR"
    """Runs the grid: alarms, commands, overrides, answers, repair orders."""
    ENGINEER = "ENGINEER"
    """Configures: modes of points, agents, repair orders, answers."""
    INSTALLER = "INSTALLER"
    """Works on the spot: sees."""
    SECADM = "SECADM"
    """Security: accounts and policies, never equipment."""
    RBACMNT = "RBACMNT"
    """Accounts and their roles."""
    AUDITOR = "AUDITOR"
    """Reads everything and exports, never acts. IEC 62351-8 calls it SECAUD."""


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """A person who has shown who they are; made by `aios.access` alone."""

    person: str
    roles: tuple[Role, ...]
    sites: tuple[str, ...]
    """Sites the person is assigned to; `*` is every one."""
    way: Way
    """`desk`: a sign-in on the page. `token`: an API token."""
    sign_in: str
    """Id of the sign-in or of the token; no secret, it may stand in a journal."""


class Stranger(msgspec.Struct, frozen=True, kw_only=True):
    """Nobody is known here, and why."""

    why: str


def within(site: str, sites: tuple[str, ...]) -> bool:
    """Tell whether a site is one of those that a person or token is assigned to.

    >>> within("nord", ("nord",)), within("nord", ("*",)), within("*", ("nord",))
    (True, True, False)
    """
    return site in sites or EVERY_SITE in sites
