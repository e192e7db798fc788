"""Checkpoints: signed heads of the journal's chain, copied to where the journal's disk cannot reach.

Who owns the gateway's disk can write a whole new chain. He cannot write the checkpoints that left the box:
`kernel.journal.audit` compares. What was entered after the newest exported checkpoint is covered by the
chain alone, so one is made every `EVERY` entries, every `EVERY_NS`, and when the journal is closed.
"""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import Final

import msgspec
import structlog

log = structlog.get_logger()

EVERY: Final = 2048
"""Entries between two checkpoints."""
EVERY_NS: Final = 600_000_000_000
"""Operational time between two checkpoints, where anything was entered."""
WAITING: Final = 64
"""Checkpoints that wait to be copied out. When it is full the oldest gives way: it stands in the journal's
own table, and the next start copies from there what is missing."""


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A head of the chain, signed."""

    seq: int
    """Number of the entry."""
    hash: str
    """Its hash, hexadecimal."""
    at_ns: int
    previous: int
    """Number of the entry of the checkpoint before; 0 for the first."""
    public_key: str
    signature: str = ""

    @property
    def message(self) -> bytes:
        """What is signed."""
        return (
            f"aios checkpoint|{self.seq}|{self.hash}|{self.at_ns}|{self.previous}|{self.public_key}".encode()
        )


def exported(folder: Path) -> tuple[Checkpoint, ...]:
    """Read the checkpoints of a folder, in order.

    Raises:
        msgspec.MsgspecError: a file is no checkpoint.
    """
    files = sorted(folder.glob("*.checkpoint.json"))
    return tuple(msgspec.json.decode(path.read_bytes(), type=Checkpoint) for path in files)


def export(checkpoint: Checkpoint, folder: Path) -> None:
    """Copy a checkpoint into a folder; one that stands there is never overwritten.

    Raises:
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{checkpoint.seq:012}-{checkpoint.hash[:12]}.checkpoint.json"
    if path.exists():
        return
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(checkpoint))
    fresh.rename(path)


class Exporter:
    """Copies checkpoints out in a thread of its own: a folder that hangs holds up no tick."""

    def __init__(self, folder: Path) -> None:
        """Copy into a folder."""
        self._folder = folder
        self._waiting: deque[Checkpoint] = deque(maxlen=WAITING)
        self._turn = threading.Lock()
        """For what changes `_waiting`; it is never held while a file is written."""
        self._wake = threading.Event()
        self._ends = False
        self._failed = False
        self.exported = 0
        """How many have been copied."""
        self._thread = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def give(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint to be copied soon."""
        with self._turn:
            self._waiting.append(checkpoint)
        self._wake.set()

    def _run(self) -> None:
        while not (self._ends and not self._waiting):
            self._wake.wait()
            self._wake.clear()
            while (first := self._first()) is not None and self._copy(first):
                self._strike_off(first)
            if self._failed and self._ends:
                return

    def _first(self) -> Checkpoint | None:
        with self._turn:
            return self._waiting[0] if self._waiting else None

    def _strike_off(self, copied: Checkpoint) -> None:
        """Let go of what was copied; where it gave way meanwhile, the first that waits is another."""
        with self._turn:
            if self._waiting and self._waiting[0] is copied:
                self._waiting.popleft()

    def _copy(self, checkpoint: Checkpoint) -> bool:
        try:
            export(checkpoint, self._folder)
        except OSError as error:
            if not self._failed:
                log.warning("checkpoints cannot be exported", folder=str(self._folder), why=str(error))
            self._failed = True
            return False
        if self._failed:
            log.info("checkpoints are exported again", folder=str(self._folder))
        self._failed = False
        self.exported += 1
        return True

    def close(self, patience_s: float = 2.0) -> None:
        """Copy what waits, for `patience_s` real seconds at most."""
        self._ends = True
        self._wake.set()
        self._thread.join(patience_s)
