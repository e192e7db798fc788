"""Words to systemd: ready, status, stopping, reloading, and a watchdog that only completed ticks feed.

The protocol is one datagram of `KEY=value` lines to the socket that `NOTIFY_SOCKET` names. Without that
variable nothing is said, so that a gateway in a terminal needs no other code.

Source: sd_notify(3), sd_watchdog_enabled(3), systemd.service(5) `Type=notify-reload`.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from typing import Final

from kernel.pipe.tick import Decided, Inputs
from kernel.shell.clock import stopwatch_ns

FEEDS: Final = 3
"""The watchdog is fed so many times in its period at the most."""


class Notifier:
    """Says to systemd how this process is; to nobody where nobody listens."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Read who listens, and how long the watchdog waits, from the environment.

        A watchdog is ours only where `WATCHDOG_PID` is this process or missing: a child inherits the
        environment and must not feed for its parent.
        """
        said = os.environ if environment is None else environment
        self._address = said.get("NOTIFY_SOCKET", "")
        is_ours = said.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog_us = int(said.get("WATCHDOG_USEC") or 0) if is_ours else 0
        """Microseconds after which systemd ends a silent process; 0 where no watchdog is set."""

    def say(self, **words: str | int) -> bool:
        """Send one datagram; False where nobody listens or it could not be sent."""
        if not self._address:
            return False
        name = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        body = "\n".join(f"{key}={value}" for key, value in words.items())
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
                channel.setblocking(False)  # noqa: FBT003 - a full queue of systemd's must not stop a tick
                channel.sendto(body.encode(), name)
        except OSError:
            return False
        return True

    def ready(self, status: str) -> None:
        """Say that the gateway works, which process it is, and how it is."""
        self.say(READY=1, MAINPID=os.getpid(), STATUS=status)

    def status(self, text: str) -> None:
        """Say in one line how it is."""
        self.say(STATUS=text)

    def reloading(self) -> None:
        """Say that a reload has begun; `ready` says that it is over."""
        self.say(RELOADING=1, MONOTONIC_USEC=time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)

    def stopping(self, status: str = "stopping") -> None:
        """Say that it ends."""
        self.say(STOPPING=1, STATUS=status)


class WatchdogFeed:
    """Feeds systemd's watchdog from completed ticks, and from nothing else.

    A timer would go on feeding while the tick hangs in an await, or while every tick fails: what must be
    alive is the tick.
    """

    def __init__(self, notifier: Notifier) -> None:
        """Feed for a notifier; it hears ticks as a listener of the kernel."""
        self._notifier = notifier
        self._every_ns = notifier.watchdog_us * 1000 // FEEDS
        self._fed_ns = 0

    def heard(self, inputs: Inputs, decided: Decided) -> None:  # noqa: ARG002 - the role gives them
        """Feed, unless that was done within the last third of the watchdog's period."""
        if not self._every_ns:
            return
        now_ns = stopwatch_ns()
        if now_ns - self._fed_ns >= self._every_ns and self._notifier.say(WATCHDOG=1):
            self._fed_ns = now_ns


def slowest_tick_s(notifier: Notifier) -> float:
    """Return the longest base tick in real seconds that keeps the watchdog fed; infinite without one.

    Two ticks must fit into the period: one may just have missed a feed.
    """
    return notifier.watchdog_us / 2e6 if notifier.watchdog_us else float("inf")
