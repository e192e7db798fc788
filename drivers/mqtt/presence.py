"""Presence: what a client says when it comes, when it goes, and when the broker finds it gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.topics import state_topic

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"


class Presence(Protocol):
    """Makes the messages of coming and going; `will` is asked first, once for each connection."""

    def will(self) -> OutgoingMessage | None:
        """Return what the broker is to publish when the connection breaks; None for nothing."""
        ...

    def birth(self) -> Sequence[OutgoingMessage]:
        """Return what is published first on a new connection, after its subscriptions were made."""
        ...

    def farewell(self) -> Sequence[OutgoingMessage]:
        """Return what is published before leaving in order."""
        ...


class StatePresence:
    """Keeps `online` or `offline` as plain text on the state topic of a site, retained."""

    def __init__(self, site: str) -> None:
        self._topic = state_topic(site)

    def will(self) -> OutgoingMessage:
        """Offline."""
        return OutgoingMessage(topic=self._topic, payload=OFFLINE, retain=True)

    def birth(self) -> Sequence[OutgoingMessage]:
        """Online."""
        return (OutgoingMessage(topic=self._topic, payload=ONLINE, retain=True),)

    def farewell(self) -> Sequence[OutgoingMessage]:
        """Offline."""
        return (self.will(),)


class NoPresence:
    """Says nothing of coming and going: for a connection that nobody waits for."""

    def will(self) -> OutgoingMessage | None:
        """Nothing."""
        return None

    def birth(self) -> Sequence[OutgoingMessage]:
        """Nothing."""
        return ()

    def farewell(self) -> Sequence[OutgoingMessage]:
        """Nothing."""
        return ()
