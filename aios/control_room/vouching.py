"""Vouching: this desk signs who asks for exactly this act, so that a gateway believes the name."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aios.access.identity import Identity, within
from edge.access.vouch import vouch
from kernel.shell.wire import Instruct, PutRequest

Message = Instruct | PutRequest


class NotAssigned(ValueError):
    """A person asks for an act at a site to which they, or their token, are not assigned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """The key of a desk, and the name by which sites trust it."""

    desk: str
    key: Ed25519PrivateKey
    now_s: Callable[[], float] = time.time
    """Civil time, seconds since 1970 UTC: a vouch holds a minute."""

    def vouched(self, message: Message, who: Identity, *, site: str) -> Message:
        """Return an act with the desk's word that this person asks for it, at this site, now.

        Raises:
            NotAssigned: they have nothing to do with that site.
        """
        if not within(site, who.sites):
            raise NotAssigned(f"{who.person} asks by a {who.way} that is not for site {site}")
        word = vouch(
            message,
            self.key,
            desk=self.desk,
            site=site,
            person=who.person,
            roles=tuple(who.roles),
            sign_in=who.sign_in,
            way=who.way,
            now_s=self.now_s(),
        )
        told: Message = msgspec.structs.replace(message, vouch=word)
        return told
