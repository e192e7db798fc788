"""A disk in memory that remembers every write and sync, and can be cut off from power at any of them.

What a file system promises is what is assumed here, and no more: a write that was followed by a sync of its
file is kept; of the others each 512-byte sector may be kept, lost, or left with rubbish in the bytes that
were being written. Bytes beside a write are never touched (SQLite's "powersafe overwrite"). A sync that fails
keeps nothing, and the system forgets that anything was to be written: reads still show it, a later sync does
not write it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

SECTOR = 512


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that was done to the disk, or a remark between two."""

    kind: Literal["write", "truncate", "sync", "delete", "forget", "remark"]
    file: str = ""
    offset: int = 0
    body: bytes = b""
    size: int = 0


@dataclass(slots=True)
class Disk:
    """Files as programs see them, and the log of what was done."""

    files: dict[str, bytearray] = field(default_factory=dict)
    log: list[Operation] = field(default_factory=list)

    def write(self, file: str, offset: int, body: bytes) -> None:
        held = self.files[file]
        if len(held) < offset + len(body):
            held.extend(bytes(offset + len(body) - len(held)))
        held[offset : offset + len(body)] = body
        self.log.append(Operation("write", file, offset, body))

    def truncate(self, file: str, size: int) -> None:
        _resize(self.files[file], size)
        self.log.append(Operation("truncate", file, size=size))

    def sync(self, file: str) -> None:
        self.log.append(Operation("sync", file))

    def forget(self, file: str) -> None:
        """A sync failed: what was to be written counts as written."""
        self.log.append(Operation("forget", file))

    def delete(self, file: str) -> None:
        self.files.pop(file, None)
        self.log.append(Operation("delete", file))

    def remark(self, number: int) -> int:
        """Note a moment, such as an acknowledgement; return its place in the log."""
        self.log.append(Operation("remark", size=number))
        return len(self.log)


def _resize(held: bytearray, size: int) -> None:
    del held[size:]
    held.extend(bytes(max(0, size - len(held))))


def cuts(log: list[Operation], at: list[int], luck: random.Random) -> Iterator[tuple[int, dict[str, bytes]]]:
    """Yield what is left of the files when the power goes before each of some places of the log, in order."""
    kept: dict[str, bytearray] = {}
    waiting: dict[str, list[Operation]] = {}
    done = 0
    for place in sorted(at):
        for operation in log[done:place]:
            _follow(operation, kept, waiting)
        done = max(done, place)
        yield place, _left(kept, waiting, luck)


def _follow(operation: Operation, kept: dict[str, bytearray], waiting: dict[str, list[Operation]]) -> None:
    file = operation.file
    match operation.kind:
        case "write" | "truncate":
            waiting.setdefault(file, []).append(operation)
        case "sync":
            held = kept.setdefault(file, bytearray())
            for one in waiting.pop(file, []):
                _apply(held, one)
        case "forget":
            waiting.pop(file, None)
        case "delete":
            waiting.pop(file, None)
            kept.pop(file, None)


def _apply(held: bytearray, operation: Operation) -> None:
    if operation.kind == "truncate":
        _resize(held, operation.size)
        return
    _resize(held, max(len(held), operation.offset + len(operation.body)))
    held[operation.offset : operation.offset + len(operation.body)] = operation.body


def _left(
    kept: dict[str, bytearray], waiting: dict[str, list[Operation]], luck: random.Random
) -> dict[str, bytes]:
    """Let luck decide what of the waiting writes reached the disk: some cuts spare all, some nothing."""
    left = {file: bytearray(body) for file, body in kept.items()}
    for file, operations in waiting.items():
        odds = luck.choice((0.0, 0.5, 0.9, 1.0))
        for operation in operations:
            if operation.kind == "truncate":
                if luck.random() < odds:
                    _apply(left.setdefault(file, bytearray()), operation)
                continue
            for sector in _sectors(operation):
                if luck.random() < odds:
                    _apply(left.setdefault(file, bytearray()), sector)
                elif luck.random() < 0.05:
                    rubbish = Operation("write", file, sector.offset, luck.randbytes(len(sector.body)))
                    _apply(left.setdefault(file, bytearray()), rubbish)
    return {file: bytes(body) for file, body in left.items()}


def _sectors(write: Operation) -> Iterator[Operation]:
    begin, end = write.offset, write.offset + len(write.body)
    while begin < end:
        until = min(end, (begin // SECTOR + 1) * SECTOR)
        body = write.body[begin - write.offset : until - write.offset]
        yield Operation("write", write.file, begin, body)
        begin = until
