"""The embedded broker: for demo and tests, on this machine only.

It knows no passwords, so it listens on the loopback address and there is no way to ask for
another. For production use a real broker, such as mosquitto with TLS and access lists.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import Final

import iotcore
import structlog

LOOPBACK: Final = "127.0.0.1"
_LARGEST_PAYLOAD: Final = 1 << 20
"""Bytes; the package's own 20 kB are less than a forecast with its quantiles."""
_ATTEMPTS: Final = 5
_log: Final = structlog.get_logger(__name__)


class EmbeddedBroker:
    """An MQTT 3.1.1 broker in a child process, which ends with its parent."""

    def __init__(self, *, port: int = 0) -> None:
        self._wanted_port = port
        self._broker: iotcore.Broker | None = None

    @property
    def port(self) -> int:
        """Port it listens on; 0 while it does not run."""
        return int(self._broker.port) if self._broker is not None else 0

    @property
    def url(self) -> str:
        """Address in the form of `uplinks.mqtt`."""
        return f"mqtt://{LOOPBACK}:{self.port}"

    def start(self) -> None:
        """Start the child and return when it takes connections; blocks for some 0.2 s.

        Raises:
            OSError: the wanted port is taken.
            RuntimeError: the child did not come up.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            port = self._wanted_port or free_port()
            broker = iotcore.Broker(port=port, listen=LOOPBACK, max_payload_size=_LARGEST_PAYLOAD)
            try:
                broker.start()
            except (OSError, RuntimeError):
                # Someone may have taken a free port between the look and the start.
                if self._wanted_port or attempt == _ATTEMPTS:
                    raise
                continue
            self._broker = broker
            _log.info("broker.started", port=port)
            return

    def stop(self) -> None:
        """End the child and free its port; a second call does nothing."""
        if self._broker is not None:
            self._broker.stop()
            self._broker = None

    def __enter__(self) -> EmbeddedBroker:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """Return a TCP port of the loopback address that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
