"""Where the page's snapshots come from: a running gateway, asked over its Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, Protocol

import msgspec

from kernel.shell.socket import connect
from kernel.shell.wire import (
    Accepted,
    Answer,
    GetLineage,
    GetMetrics,
    GetSnapshot,
    Instruct,
    Lineage,
    Metrics,
    PutRequest,
    Rejected,
    Repeated,
    Request,
    Snapshot,
    TurnedAway,
)

GONE: Final = (OSError, EOFError, ValueError, msgspec.MsgspecError)
"""What a lost or strange connection raises."""
Outcome = Accepted | Repeated | Rejected | TurnedAway
"""What a gateway says to what it is told."""


class SourceDown(ConnectionError):
    """The gateway gives no answer that a page could show; the message says why."""


class SnapshotSource(Protocol):
    """Gives the state of one gateway, and the way of its commands."""

    async def snapshot(self, *, seen_tick: int | None = None, wait_s: float = 0.0) -> Snapshot:
        """Return the state as it is now, or as the next tick leaves it.

        Args:
            seen_tick: tick that is known; the answer waits for another one. None is answered at once.
            wait_s: real seconds that the gateway may wait for it.

        Raises:
            SourceDown: the gateway does not answer; ask again later.
        """
        ...

    async def metrics(self) -> Metrics:
        """Return the figures that are watched over time.

        Raises:
            SourceDown: the gateway does not answer; ask again later.
        """
        ...

    async def lineage(self, command_id: str) -> Lineage:
        """Return the way of one command; `Lineage.missing` says what is not known.

        Raises:
            SourceDown: the gateway does not answer; ask again later.
        """
        ...

    async def tell(self, message: Instruct | PutRequest) -> Outcome:
        """Pass on what a person tells the gateway; return what it says to that.

        Raises:
            SourceDown: it gives no answer; whether it heard is not known, so send the same key again.
        """
        ...


class Line(Protocol):
    """An open connection to a gateway: one answer to one request, in order."""

    async def ask(self, request: Request) -> Answer:
        """Send a request and return its answer."""
        ...

    async def close(self) -> None:
        """Let the connection go."""
        ...


Dial = Callable[[Path], Awaitable[Line]]


class KeptLine:
    """A connection that is opened when it is needed, and again after a loss."""

    def __init__(self, path: Path, dial: Dial) -> None:
        self._path = path
        self._dial = dial
        self._line: Line | None = None
        self._turn = asyncio.Lock()

    async def ask(self, request: Request) -> Answer:
        """Send a request and return its answer.

        Raises:
            SourceDown: no connection, or no answer.
        """
        async with self._turn:
            try:
                if self._line is None:
                    self._line = await self._dial(self._path)
                return await self._line.ask(request)
            except GONE as gone:
                await self.close()
                raise SourceDown(str(gone) or type(gone).__name__) from gone
            except asyncio.CancelledError:
                # A question given up half-way leaves its answer on the wire: the line is spent.
                await self.close()
                raise

    async def close(self) -> None:
        """Let the connection go; the next question opens a new one."""
        line, self._line = self._line, None
        if line is not None:
            with contextlib.suppress(OSError):
                await line.close()


class SocketSource:
    """A gateway behind a Unix socket; what waits for its next tick does not hold up other questions."""

    def __init__(self, path: Path, dial: Dial = connect) -> None:
        self._path = path
        self._dial = dial
        self._news = KeptLine(path, dial)
        self._questions = KeptLine(path, dial)

    async def snapshot(self, *, seen_tick: int | None = None, wait_s: float = 0.0) -> Snapshot:
        """Return the state as it is now, or as the next tick leaves it.

        Raises:
            SourceDown: no connection, no answer, or an answer that is no snapshot.
        """
        answer = await self._news.ask(GetSnapshot(seen_tick=seen_tick, wait_s=wait_s))
        if isinstance(answer, Snapshot):
            return answer
        raise SourceDown(_unexpected(answer))

    async def metrics(self) -> Metrics:
        """Return the figures that are watched over time.

        Raises:
            SourceDown: no connection, no answer, or an answer that is no metrics.
        """
        answer = await self._questions.ask(GetMetrics())
        if isinstance(answer, Metrics):
            return answer
        raise SourceDown(_unexpected(answer))

    async def lineage(self, command_id: str) -> Lineage:
        """Return the way of one command.

        Raises:
            SourceDown: no connection, no answer, or an answer that is no lineage.
        """
        answer = await self._questions.ask(GetLineage(command=command_id))
        if isinstance(answer, Lineage):
            return answer
        raise SourceDown(_unexpected(answer))

    async def tell(self, message: Instruct | PutRequest) -> Outcome:
        """Pass on what a person tells the gateway; return what it says to that.

        Raises:
            SourceDown: no connection, no answer, or one that does not fit.
        """
        # On a connection of its own: what takes its time at the gateway must not hold up the page.
        try:
            line = await self._dial(self._path)
            try:
                answer = await line.ask(message)
            finally:
                with contextlib.suppress(OSError):
                    await line.close()
        except GONE as gone:
            raise SourceDown(str(gone) or type(gone).__name__) from gone
        if isinstance(answer, Outcome):
            return answer
        raise SourceDown(_unexpected(answer))

    async def close(self) -> None:
        """Let the connections go; the next question opens new ones."""
        await self._news.close()
        await self._questions.close()


def _unexpected(answer: Answer) -> str:
    if isinstance(answer, Rejected):
        return f"the gateway refuses: {answer.reason}"
    return f"the gateway answers with {type(answer).__name__}" + (
        f" {answer.trace}" if isinstance(answer, Accepted) else ""
    )
