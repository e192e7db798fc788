"""What ill devices cost healthy ones: scans of 45 healthy devices that are lost beside 5 ill ones.

Fifty devices are read once a second with the drivers, lines and buses that a site gets, from real sockets in
another process. Five are ill: one answers nothing, one takes nearly its time-out, one answers rubbish, the
connection of one is reset all the time, one is half open. First each has a wire of its own, the ill ones
behind the fault proxy; then ten share a gateway, one of each ten ill. A scan is lost where nothing new was
read in its second. `--quick` takes 20 s for each and writes no results.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
import time
from typing import Any, Final

import structlog

from benchmarks.faulty_field.real import real_field
from benchmarks.results import write

SECONDS: Final = 300.0
QUICK_S: Final = 20.0
COMMAND: Final = "python -m benchmarks.bench_field_faulty"
GOAL: Final = "field.healthy_scans_lost_percent"


def measure(name: str, *, shared: bool, seconds: float) -> list[dict[str, Any]]:
    """Read one field, print what was lost, and return its rows."""
    began, used = time.perf_counter(), _cpu_s()
    seen = asyncio.run(real_field(seconds=seconds, shared=shared))
    took, core = time.perf_counter() - began, (_cpu_s() - used) / seconds
    kind = "10 devices to a wire" if shared else "own wires"
    print(
        f"{kind}: {seen.lost} of {seen.due} scans of healthy devices lost, {seen.percent:.3f} %; "
        f"{seen.late} ended later than half a scan; {core:.3f} of a core"
    )
    given = {"count": seen.due, "seconds": took, "command": COMMAND}
    late = 100.0 * seen.late / max(1, seen.due)
    return [
        {"name": name, "value": seen.percent, "unit": "%", **given},
        {"name": f"{name.removesuffix('lost_percent')}late_percent", "value": late, "unit": "%", **given},
        {"name": f"{name.removesuffix('lost_percent')}core_share", "value": core, "unit": "1", **given},
    ]


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_S:g} s instead of {SECONDS:g} s for each"
    )
    quick = parser.parse_args().quick
    seconds = QUICK_S if quick else SECONDS
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))  # it is known who is ill
    rows = measure(GOAL, shared=False, seconds=seconds)
    rows += measure("field.shared_healthy_scans_lost_percent", shared=True, seconds=seconds)
    if not quick:
        write("field_faulty", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
