"""A bare timer loop: wakes on every multiple of a period and keeps how late it was. asyncio or uvloop.

    python -m benchmarks.kernel_load.timer_peer LOOP PERIOD_S SECONDS

It does nothing else: what it shows is what this machine gives any Python program at that time. The last line
of its output is JSON: p50, p99 and greatest lateness in ms, and periods that went by without a wake-up.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Final

import numpy as np
import uvloop

RUNS: Final = {"asyncio": asyncio.run, "uvloop": uvloop.run}


async def wake_ups(period_ns: int, seconds: float) -> list[int]:
    """Return the nanoseconds by which each wake-up came after its multiple."""
    late, end_ns = [], time.monotonic_ns() + round(seconds * 1e9)
    while (now_ns := time.monotonic_ns()) < end_ns:
        due_ns = now_ns // period_ns * period_ns + period_ns
        while (left_ns := due_ns - time.monotonic_ns()) > 0:  # noqa: ASYNC110 - time is what is waited for
            await asyncio.sleep(left_ns / 1e9)
        late.append(time.monotonic_ns() - due_ns)
    return late


def main() -> int:
    """Run and print."""
    loop, period_s, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    period_ns = round(period_s * 1e9)
    late = RUNS[loop](wake_ups(period_ns, seconds))
    p50, p99 = np.percentile(late, [50, 99]) / 1e6
    skipped = int(sum(ns // period_ns for ns in late))
    print(json.dumps({"p50_ms": p50, "p99_ms": p99, "max_ms": max(late) / 1e6, "skipped": skipped}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
