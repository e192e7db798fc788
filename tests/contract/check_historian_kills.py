"""Kills writers and readers of an outbox in the middle of their work, and says what was lost.

Run as a program of its own, so that it may fork: `check_historian_kills.py DIRECTORY CYCLES SEED`.
Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

from drivers.historian.outbox import Outbox, OutboxReader
from tests.unit.drivers.historian.outbox_samples import POINTS, order, reading

NUMBER = struct.Struct(">q")
SEGMENT = 8 * 1024


def write_forever(directory: Path, tell: Callable[[int], None], number: int) -> None:
    outbox = Outbox(directory, POINTS, segment_bytes=SEGMENT, quota_bytes=1 << 30)
    while True:
        outbox.append([reading(number, rows=20)], [order(number)] if number % 5 == 0 else [])
        tell(number)
        number += 1


def read_forever(directory: Path, tell: Callable[[int], None], _: int) -> None:
    reader = OutboxReader(directory, "history", most_rows=60)
    while True:
        batch = reader.next_batch()
        if batch is not None:
            for block in batch.blocks:
                tell(2 * int(block.value[0]) + batch.historical)
            reader.done(batch)


def run_and_kill(work: Callable[..., None], directory: Path, start: int, after_s: float) -> list[int]:
    """Fork a child that works, kill it some time after its first word, return what it told."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        work(directory, lambda number: os.write(write_end, NUMBER.pack(number)), start)
    os.close(write_end)
    select.select([read_end], [], [], 5.0)
    told = bytearray()
    end = time.monotonic() + after_s
    while (left := end - time.monotonic()) > 0:
        if select.select([read_end], [], [], left)[0]:
            told += os.read(read_end, 65_536)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while chunk := os.read(read_end, 65_536):
        told += chunk
    os.close(read_end)
    whole = len(told) // NUMBER.size * NUMBER.size
    return [number for (number,) in NUMBER.iter_unpack(bytes(told[:whole]))]


def main(directory: Path, cycles: int, seed: int) -> None:
    random_ = random.Random(seed)
    acknowledged: list[int] = []
    delivered: list[int] = []  # twice the number, and one more where it was of the backlog
    start = 0
    for _ in range(cycles):
        told = run_and_kill(write_forever, directory, start, random_.uniform(0, 0.012))
        acknowledged += told
        start = (told[-1] if told else start) + 2  # the one that was on its way may be there or not
        delivered += run_and_kill(read_forever, directory, 0, random_.uniform(0, 0.008))
    reader = OutboxReader(directory, "history")
    while (batch := reader.next_batch()) is not None:
        delivered += [2 * int(block.value[0]) + batch.historical for block in batch.blocks]
        reader.done(batch)
    first_seen = list(dict.fromkeys(number // 2 for number in delivered))
    deliveries = [
        list(dict.fromkeys(number for number in delivered if number % 2 == delivery)) for delivery in (0, 1)
    ]
    print(
        json.dumps(
            {
                "acknowledged": len(acknowledged),
                "lost": sorted(set(acknowledged) - set(first_seen)),
                "in_order": all(delivery == sorted(delivery) for delivery in deliveries),
                "of_the_backlog": len(deliveries[1]),
                "twice": len(delivered) - len(first_seen),
                "damaged": reader.damaged_segments,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
