"""Who is awaited: agents whose worker gets ready beside the ticks, and stand on a lower rung until then."""

from __future__ import annotations

from typing import Final

import structlog

from kernel.ladder import Sighting
from kernel.pipe.tick import Decided, Inputs
from kernel.shell.inbox import Inbox
from kernel.shell.worker_pool import WorkerPool

log = structlog.get_logger()

WORDS: Final = "no result yet: its worker process gets ready"


class Awaited:
    """Hears ticks, and lets the next one see whose worker is not ready: the gateway does not wait for it."""

    def __init__(self, workers: WorkerPool) -> None:
        """Watch a pool."""
        self._workers = workers
        self._inbox: Inbox | None = None
        self._told = False

    def begin(self, inbox: Inbox) -> None:
        """Tell what is seen to an inbox from now on."""
        self._inbox = inbox

    def heard(self, inputs: Inputs, decided: Decided) -> None:  # noqa: ARG002 - the role gives them
        """Let the next tick see who is awaited now; tell once when somebody is, once when nobody is."""
        agents = self._workers.awaited()
        if bool(agents) != self._told:
            self._told = bool(agents)
            log.info("workers get ready" if agents else "no worker is waited for", agents=agents)
        if self._inbox is not None:
            for agent in agents:
                self._inbox.sight(Sighting(agent=agent, condition="warming_up", words=WORDS))
