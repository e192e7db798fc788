"""A gateway that goes on measuring while its backlog drains, and the latency of what it measures."""

from __future__ import annotations

import threading
import time
from typing import Final

import psycopg

from benchmarks.field_outage.telemetry import START_S, append_seconds
from drivers.historian.outbox import Outbox

_LOOK_S: Final = 0.01
_NEWEST: Final = f"SELECT coalesce(extract(epoch FROM max(at)), {START_S}) FROM measurements WHERE point = 1"


class LiveGateway:
    """Appends one second of telemetry a real second, and notes when each is in the database."""

    def __init__(self, outbox: Outbox, dsn: str, *, first: int) -> None:
        """Begin with a second."""
        self.next = first
        self.appended: dict[int, float] = {}
        """By second: when it was appended, real time."""
        self.seen: dict[int, float] = {}
        """By second: when a reader of the database saw it, or a later one."""
        self._outbox, self._dsn = outbox, dsn
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._append, self._watch)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Append no more; what was appended is watched no longer."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def latencies_s(self, disturbed: list[tuple[float, float]]) -> list[float]:
        """Return how long seconds took that were on their way while nothing was disturbed, s."""
        return [
            seen - self.appended[second]
            for second, seen in self.seen.items()
            if not any(begin < seen and self.appended[second] < end for begin, end in disturbed)
        ]

    def _append(self) -> None:
        while not self._stop.wait(1.0):
            append_seconds(self._outbox, range(self.next, self.next + 1))
            self.appended[self.next] = time.monotonic()
            self.next += 1

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._dsn, autocommit=True) as connection:
                    self._look(connection)
            except psycopg.Error:
                time.sleep(0.2)  # it is being restarted

    def _look(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        while not self._stop.wait(_LOOK_S):
            (newest,) = connection.execute(_NEWEST.encode()).fetchone() or (0,)
            now = time.monotonic()
            last = int(str(newest).partition(".")[0]) - START_S
            for second in [one for one in list(self.appended) if one <= last and one not in self.seen]:
                self.seen[second] = now
