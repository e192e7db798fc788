"""A message for the broker, before anyone knows a client library."""

from __future__ import annotations

import msgspec


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message, sent with quality of service 1."""

    topic: str
    payload: bytes
    retain: bool = False
    """True where a later subscriber must get the newest one at once."""
