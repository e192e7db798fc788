"""What others tell an edge node: the primary host's state, and the one command that it obeys.

Whatever arrives is judged here; nothing in it can end the link.
"""

from __future__ import annotations

import msgspec

from drivers.mqtt.sparkplug.names import REBIRTH
from drivers.mqtt.sparkplug.payload import NotSparkplug, decode


class HostState(msgspec.Struct, frozen=True):
    """A STATE message (6.4.24)."""

    online: bool
    timestamp: int
    """When the host connected, milliseconds since 1970 UTC; its will carries the same."""


def host_state_of(payload: bytes) -> HostState | None:
    """Read a STATE message; None where it is none.

    >>> host_state_of(b'{"online": true, "timestamp": 5}')
    HostState(online=True, timestamp=5)
    >>> host_state_of(b"ONLINE") is None
    True
    """
    try:
        return msgspec.json.decode(payload, type=HostState)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def asks_for_rebirth(payload: bytes) -> bool:
    """Tell whether an NCMD asks for a birth; any other command is refused, and so is what is no payload."""
    try:
        metrics = decode(payload).metrics
    except NotSparkplug:
        return False
    return any(metric.name == REBIRTH and metric.value is True for metric in metrics)


class PrimaryHost:
    """Whether the host application that must hear us is there."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._state: HostState | None = None
        self._told = False

    @property
    def away(self) -> bool:
        """Whether data must wait: the host is offline, or has not said anything on this connection."""
        return bool(self.name) and not (self._told and self._state is not None and self._state.online)

    def heard(self, payload: bytes) -> None:
        """Take a STATE message; one older than what is known is left aside (5.7)."""
        state = host_state_of(payload)
        if state is not None and (self._state is None or state.timestamp >= self._state.timestamp):
            self._state, self._told = state, True

    def forget(self) -> None:
        """A new connection: wait until the host is told to be online (the broker keeps its last word)."""
        self._told = False
