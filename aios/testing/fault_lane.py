"""One direction of one connection through the fault proxy: in, disturbed, on its way, out."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from aios.testing.tape import Tape
from aios.testing.wire_faults import WireFaults, disturb, slices

PIECE_BYTES: Final = 16_384
"""Bytes taken from a socket at once."""
MOST_ON_THE_WAY: Final = 64
"""Pieces of one direction that are on their way; past that nothing more is taken, and the sender waits."""
MOST_ONCE: Final = 1000
"""Single faults that may be ordered ahead."""


class Resetting(Exception):
    """The connection is to be reset."""


class Way:
    """The faults of one direction in force, for all connections; changed while they run."""

    def __init__(self) -> None:
        self._faults = WireFaults()
        self._once: deque[WireFaults] = deque(maxlen=MOST_ONCE)
        self._changed = asyncio.Event()

    @property
    def faults(self) -> WireFaults:
        """The faults in force."""
        return self._faults

    @faults.setter
    def faults(self, faults: WireFaults) -> None:
        self._faults = faults
        self._changed.set()
        self._changed = asyncio.Event()

    def once(self, faults: WireFaults, count: int = 1) -> None:
        """Let other faults befall the next pieces only."""
        self._once.extend([faults] * count)

    def next_faults(self) -> WireFaults:
        """Return the faults that befall the next piece."""
        return self._once.popleft() if self._once else self._faults

    def forget(self) -> None:
        """Lift everything, the single faults that have not come true too."""
        self._once.clear()
        self.faults = WireFaults()

    async def lifted(self) -> None:
        """Return once nothing is held."""
        while self._faults.hold:
            await self._changed.wait()


@dataclass(frozen=True, slots=True)
class _OnTheWay:
    due_s: float
    content: bytes
    """Empty where the sender has closed."""
    faults: WireFaults


@dataclass(slots=True)
class Lane:
    """Moves the bytes of one direction of one connection until its sender closes."""

    way: Way
    source: asyncio.StreamReader
    sink: asyncio.StreamWriter
    dice: random.Random
    counts: Counter[str]
    """Where it counts: bytes and what befell them."""
    name: str
    ends_when_silent: bool = False
    """Its sender's going ends the connection even while half open: only then is nobody left to tell."""
    tape: Tape | None = None
    """Records what passes, for faults that repeat it."""
    lost_bytes: bool = False
    """It was half open: what the two sides know of each other is no longer the same."""
    _moving: asyncio.Queue[_OnTheWay] = field(default_factory=lambda: asyncio.Queue(MOST_ON_THE_WAY))

    async def take_in(self) -> None:
        """Take pieces and send them on their way until the sender closes.

        Raises:
            Resetting: a reset was drawn.
            OSError: the sender is gone.
        """
        loop, last_s = asyncio.get_running_loop(), 0.0
        while True:
            piece = await self.source.read(PIECE_BYTES)
            if self.way.faults.half_open:
                self.lost_bytes = True
                self.counts["swallowed_bytes"] += len(piece)
                if piece:
                    continue
                if self.ends_when_silent:
                    raise Resetting
                return
            faults = self.way.next_faults() if piece else self.way.faults
            piece = self._taped(piece, faults)
            done = disturb(faults, piece, self.dice) if piece else None
            if done is not None:
                self.counts.update(done.befell)
                if "reset" in done.befell:
                    raise Resetting
            last_s = max(last_s, loop.time() + (done.delay_s if done else 0.0))
            if done is None or done.content:
                await self._moving.put(_OnTheWay(last_s, done.content if done else b"", faults))
            if done is None:
                return

    def _taped(self, piece: bytes, faults: WireFaults) -> bytes:
        """Record a piece, or put a recorded one in its place."""
        if self.tape is None or not piece:
            return piece
        if faults.replay:
            self.counts["replay"] += 1
            return self.tape.instead_of(piece, faults.replay)
        self.tape.note(piece)
        return piece

    async def give_out(self) -> None:
        """Hand on what is due, until the end of the stream has been handed on too.

        Raises:
            OSError: the receiver is gone.
        """
        loop = asyncio.get_running_loop()
        while True:
            piece = await self._moving.get()
            wait_s = piece.due_s - loop.time()
            if wait_s > 0.0:
                await asyncio.sleep(wait_s)
            await self.way.lifted()
            if not piece.content:
                if self.sink.can_write_eof():
                    self.sink.write_eof()
                return
            await self._write(piece)

    async def _write(self, piece: _OnTheWay) -> None:
        cut = slices(piece.content, piece.faults.slice_bytes)
        for number, part in enumerate(cut, start=1):
            self.sink.write(part)
            await self.sink.drain()
            self.counts[f"bytes_{self.name}"] += len(part)
            pause_s = len(part) / piece.faults.bandwidth if piece.faults.bandwidth else 0.0
            if number < len(cut):
                pause_s += piece.faults.slice_pause_s
            if pause_s or number < len(cut):
                await asyncio.sleep(pause_s)
