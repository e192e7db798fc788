"""The desk: how soon it shows what a device does, and what twenty desks cost.

    python -m benchmarks.bench_desk [--quick]

A whole gateway reads the substation nord over Modbus/TCP every 500 ms, in real time; `aios control-room` is
pinned to one core. What is timed begins when a register or a contact of a device changes and ends when the
page in a headless Chromium shows it; changes fall anywhere into a scan. Beside it stands the limit: when the
gateway's own socket tells of the same change, before which no desk can show it.

Then twenty desks, each signed in and on its own connection, follow six different pages for a minute, while
one more takes nothing of what is sent to it. The age of a desk is how old the state got that it showed, right
before it was brought a newer one. Memory is the proportional set size (PSS) of the control room's process.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import numpy as np

from aios.access.access import Access
from aios.access.identity import Role
from aios.folder import Folder
from aios.processes import Stage
from benchmarks.bench_field_scans import cpu_s
from benchmarks.bench_memory import pss_mb
from benchmarks.desk_load.desk import Heard, follow, signed_in
from benchmarks.desk_load.plant import READY_S, SCAN_S, Plant, changing_plant, value_kw
from benchmarks.desk_load.witness import MISSED_S, REST_S, Told, jumps, sign_in, trips
from benchmarks.results import write
from tests.fakes.browser import browser

COMMAND: Final = "python -m benchmarks.bench_desk"
CHANGES, QUICK_CHANGES = 100, 12
"""Of each kind."""
SECONDS, QUICK_SECONDS = 75.0, 15.0
"""Of the twenty desks."""
DESKS: Final = 20
PAGES: Final = ("overview", "points", "alarms", "approvals", "commands", "runtime")
SETTLE_S: Final = 5.0
CUT_S: Final = 60.0
PASSWORD: Final = "seven grey herons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Twenty:
    """What twenty desks saw and cost."""

    ages_s: list[float]
    updates_s: list[float]
    """From a change at the device to a desk on the page of all points."""
    beats: int
    cpu_percent: float
    bytes_per_s: float
    empty_mb: float
    full_mb: float
    hung_cut: bool
    seconds: float


@asynccontextmanager
async def control_room(folder: Path) -> AsyncIterator[tuple[str, Stage]]:
    """Run the control room on one core; yield its address."""
    before = os.sched_getaffinity(0)
    site = str(folder / "site.toml")
    arguments = ["aios", "control-room", site, "--folder", str(folder), "--port", "0"]
    stage = Stage("control room", arguments, folder / "control_room.log")
    os.sched_setaffinity(0, {min(before)})
    try:
        await stage.start()
    finally:
        os.sched_setaffinity(0, before)
    try:
        yield str((await stage.ready(READY_S))["url"]), stage
    finally:
        await stage.stop()


def people(folder: Path) -> list[str]:
    """Make an account for each desk; return their names."""
    access = Access.at(Folder(root=folder).access)
    kept, names = access.passwords.hashed(PASSWORD), [f"desk{number}" for number in range(DESKS)]
    for name in names:
        access.accounts.add(name, kept, roles=[Role.OPERATOR], sites=["nord"], now_ns=time.time_ns())
    access.close()
    return names


def hung_desk(url: str, cookie: str) -> socket.socket:
    """Ask for the stream of the largest page, and read nothing of it."""
    place = urlsplit(url)
    hung = socket.socket()
    hung.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    hung.connect((place.hostname, place.port))
    asked = f"GET /events?page=points HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n"
    hung.sendall(asked.encode())
    return hung


async def is_cut(hung: socket.socket) -> bool:
    """Tell whether the other end breaks off: at once where it has done so, else within a minute."""
    hung.settimeout(0.0)
    until = time.monotonic() + CUT_S
    while time.monotonic() < until:
        try:
            hung.send(b"x")
        except ConnectionError:
            return True
        await asyncio.sleep(0.1)
    return False


async def twenty(url: str, stage: Stage, plant: Plant, names: Sequence[str], seconds: float) -> Twenty:
    """Let twenty desks look for a while, and one more that hangs.

    Raises:
        RuntimeError: one of the twenty lost its stream.
    """
    cookies = [await signed_in(url, name, PASSWORD) for name in names]
    empty_mb = pss_mb(stage.pid)
    heard = [Heard(page=PAGES[number % len(PAGES)]) for number in range(DESKS)]
    with hung_desk(url, cookies[0]) as hung:
        looking = [
            asyncio.create_task(follow(url, one.page, cookie, one))
            for one, cookie in zip(heard, cookies, strict=True)
        ]
        await asyncio.sleep(SETTLE_S)
        for one in heard:
            one.beats.clear()
        sizes, began, cpu = sum(one.size for one in heard), time.monotonic(), cpu_s(stage.pid)
        changed: list[float] = []
        while time.monotonic() - began < seconds:
            await asyncio.sleep(REST_S[0] + (len(changed) * 0.37) % 0.5)
            changed.append(plant.change(1000 + len(changed)))
        await asyncio.sleep(REST_S[1])
        took, used = time.monotonic() - began, cpu_s(stage.pid) - cpu
        full_mb = pss_mb(stage.pid)
        if ended := [task for task in looking if task.done()]:
            raise RuntimeError(f"{len(ended)} desks lost their stream")
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
        cut = await is_cut(hung)
    return Twenty(
        ages_s=[age for one in heard for age in one.ages_s()],
        updates_s=_updates(heard, changed),
        beats=sum(len(one.beats) for one in heard),
        cpu_percent=100 * used / took,
        bytes_per_s=(sum(one.size for one in heard) - sizes) / took,
        empty_mb=empty_mb,
        full_mb=full_mb,
        hung_cut=cut,
        seconds=took,
    )


def _updates(heard: Sequence[Heard], changed: Sequence[float]) -> list[float]:
    found = []
    for one in heard:
        if one.page == "points":
            for number, at in enumerate(changed):
                came = one.values.get(str(round(value_kw(1000 + number))), at + MISSED_S)
                found.append(came - at)
    return found


def _percentiles(
    name: str, values: Sequence[float], limit: Sequence[float] | None, seconds: float
) -> list[Any]:
    rows = []
    for word, share in (("p50", 50), ("p95", 95), ("p99", 99), ("max", 100)):
        value = 1000 * float(np.percentile(values, share))
        beside = None if limit is None else 1000 * float(np.percentile(limit, share))
        rows.append(_row(f"{name}_{word}_ms", value, "ms", len(values), seconds, beside))
    return rows


def _row(
    name: str, value: float, unit: str, count: int, seconds: float, beside: float | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 2),
        "unit": unit,
        "baseline": None if beside is None else round(beside, 2),
        "ratio": None if not beside else round(value / beside, 3),
        "count": count,
        "seconds": round(seconds, 1),
        "seed": 11,
        "command": COMMAND,
    }


def rows_of(jumped: Told, tripped: Told, twenty_: Twenty, seconds: float) -> list[dict[str, Any]]:
    """Return the figures."""
    both = [*jumped.page, *tripped.page]
    desks = twenty_
    per_desk = (desks.full_mb - desks.empty_mb) / DESKS
    return [
        *_percentiles("desk.live_update", both, [*jumped.socket, *tripped.socket], seconds),
        *_percentiles("desk.jump_on_points_page", jumped.page, jumped.socket, seconds),
        *_percentiles("desk.trip_on_overview", tripped.page, tripped.socket, seconds),
        *_percentiles("desk.twenty_age", desks.ages_s, None, desks.seconds),
        *_percentiles("desk.twenty_update", desks.updates_s, None, desks.seconds),
        _row("desk.twenty_cpu_percent", desks.cpu_percent, "%", DESKS, desks.seconds, 100.0),
        _row("desk.twenty_kb_per_s", desks.bytes_per_s / 1000, "kB/s", DESKS, desks.seconds),
        _row("desk.process_pss_mb", desks.full_mb, "MiB", 1, desks.seconds, desks.empty_mb),
        _row("desk.pss_per_desk_mb", max(0.0, per_desk), "MiB", DESKS, desks.seconds),
        _row("desk.hung_desks_kept", float(not desks.hung_cut), "1", 1, desks.seconds),
    ]


async def measured(folder: Path, changes: int, seconds: float) -> list[dict[str, Any]]:
    """Measure everything in one run of a gateway."""
    names = people(folder)
    home = Folder(root=folder)
    async with changing_plant(folder, SCAN_S) as plant, control_room(folder) as (url, stage):
        async with browser() as tab:
            await sign_in(tab, url, names[0], PASSWORD)
            await asyncio.sleep(SETTLE_S)
            began = time.monotonic()
            jumped = await jumps(tab, url, plant, home.socket, changes)
            tripped = await trips(tab, url, plant, home.socket, changes)
            took = time.monotonic() - began
        return rows_of(jumped, tripped, await twenty(url, stage, plant, names, seconds), took)


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less of everything; no results are written")
    quick = parser.parse_args().quick
    changes, seconds = (QUICK_CHANGES, QUICK_SECONDS) if quick else (CHANGES, SECONDS)
    with tempfile.TemporaryDirectory(prefix="aios-desk-") as folder, suppress(KeyboardInterrupt):
        rows = asyncio.run(measured(Path(folder), changes, seconds))
    for row in rows:
        beside = "" if row["baseline"] is None else f"   beside {row['baseline']:.1f}"
        print(f"  {row['name']:32s} {row['value']:9.1f} {row['unit']}{beside}")
    if not quick:
        write("desk", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
