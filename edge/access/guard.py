"""The guard of the door: who asks is who is vouched for, in a role of theirs that has the right, else nobody.

Where a site has no `[access]`, whoever may open the gateway's socket is believed, as the file mode of the
socket says.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from edge.access.right import right_of
from edge.access.vouch import Vouched, verify
from edge.instructions import Asked
from edge.intake.keys import TrustedKeys
from kernel.instruction import BundleAct, Unfit
from kernel.shell.wire import PutRequest
from kernel.site import Access


class Rights(Protocol):
    """Answers, from policy, who may what."""

    async def roles_for(
        self, *, person: str, roles: tuple[str, ...], action: str, kind: str, site: str
    ) -> tuple[tuple[str, ...], str]:
        """Return the roles that grant a right and an empty text, or no role and why it is refused."""
        ...

    async def close(self) -> None:
        """Let go of what answers."""
        ...


class Guard:
    """Lets in what is vouched for, with person, role, way and sign-in of the vouch."""

    def __init__(
        self, site: str, access: Access, rights: Rights, *, now_s: Callable[[], float] = time.time
    ) -> None:
        """Guard a site.

        Args:
            site: its name.
            access: which desks it trusts.
            rights: who may what.
            now_s: civil time of this machine, seconds: a vouch holds a minute by it, whatever clock the
                gateway runs by.
        """
        self._site, self._rights, self._now_s = site, rights, now_s
        self._desks = {desk.key: desk for desk in access.desks}
        self._keys = TrustedKeys(Path(access.keys), self._desks)

    async def let_in(self, request: Asked) -> Asked | Unfit:
        """Return a request in the name of who is vouched for, or why it is refused."""
        found = await asyncio.to_thread(
            verify,
            request,
            site=self._site,
            desks=self._desks,
            find_key=self._keys.find,
            now_s=self._now_s(),
        )
        if isinstance(found, Unfit):
            return found
        action, kind = right_of(request)
        granting, why = await self._rights.roles_for(
            person=found.person, roles=found.roles, action=action, kind=kind, site=self._site
        )
        return _in_name_of(request, found, _acted_in(request, granting)) if granting else Unfit(why)

    async def close(self) -> None:
        """Let go of what answers who may what."""
        await self._rights.close()


def _acted_in(request: Asked, granting: tuple[str, ...]) -> str:
    """Return the role that the request is made in where that has the right, else the first that has it.

    The vouch binds the role in the request: the desk chose it for what the act is about, such as the role
    that a question asks for, and a person who bears several answers in that one.
    """
    said = request.role if isinstance(request, PutRequest) else request.instruction.role
    return said if said in granting else granting[0]


def _in_name_of(request: Asked, found: Vouched, role: str) -> Asked:
    """Put who is vouched for in the place of what was typed."""
    who = {"person": found.person, "role": role, "way": found.way, "sign_in": found.sign_in}
    if isinstance(request, PutRequest):
        return msgspec.structs.replace(request, **who)
    told = request.instruction
    if isinstance(told, BundleAct) and told.approver:
        who["approver"] = found.person  # who agrees is who is known: a name that was typed proves nothing
    return msgspec.structs.replace(request, instruction=msgspec.structs.replace(told, **who))
