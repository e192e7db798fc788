"""Messages to and from a broker, before anyone knows a client library."""

from __future__ import annotations

import msgspec


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message for the broker."""

    topic: str
    payload: bytes
    retain: bool = False
    """True where a later subscriber must get the newest one at once."""
    qos: int = 1
    """0 or 1: quality of service. Sparkplug B asks for 0 where it does not ask for 1."""


class IncomingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message from the broker; who sent it is not known, and what is in it is not to be believed."""

    topic: str
    payload: bytes
    retained: bool = False
    """True where the broker had kept it for those who come later."""


def is_news(message: OutgoingMessage) -> bool:
    """Tell whether a message tells something; an empty one only clears what is retained."""
    return bool(message.payload)


def passing(message: OutgoingMessage) -> OutgoingMessage:
    """Return the message as one that the broker does not keep.

    >>> passing(OutgoingMessage(topic="a", payload=b"1", retain=True)).retain
    False
    """
    return msgspec.structs.replace(message, retain=False)
