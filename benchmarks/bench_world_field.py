"""What the simulated devices cost: two hundred of a hundred registers at 10 Hz, a thousand at 1 Hz.

    python -m benchmarks.bench_world_field [--quick]

`aios field` serves the devices of a field file; every register moves once a second. This process asks them
with a raw client that sends without waiting, each device in its own phase. The share of a core is the
processor time of the server's process, kernel and all, over the time that passed. Beside it, in the same run
and asked by the same client, stand pymodbus' own server, whose registers never move, and a raw asyncio server
with answers made beforehand, the least that anybody can do.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import uvloop

from aios.field.devices import allow_sockets
from benchmarks.bench_field_scans import cpu_s
from benchmarks.field_load.devices import REGISTERS
from benchmarks.field_load.meter import write_map
from benchmarks.field_load.raw_client import RawClient, raw_client
from benchmarks.results import write

SECONDS: Final = 60.0
QUICK_S: Final = 10.0
WARM_UP_S: Final = 2.0
FAST: Final = (200, 0.1)
"""Devices, and seconds between two scans of each."""
MANY: Final = (1_000, 1.0)
LEAST_ANSWERED: Final = 0.95
"""Share of the scans that must be answered for the rest to count."""
COMMAND: Final = "python -m benchmarks.bench_world_field"


class Server:
    """A process that serves devices."""

    def __init__(self, *arguments: str) -> None:
        began = time.monotonic()
        self.child = subprocess.Popen([sys.executable, *arguments], stdout=subprocess.PIPE)
        assert self.child.stdout is not None
        said = json.loads(self.child.stdout.readline())
        self.start_s = time.monotonic() - began
        self.facts: dict[str, Any] = said if isinstance(said, dict) else {}
        self.ports: list[int] = list(said["ports"].values()) if isinstance(said, dict) else said

    def end(self) -> None:
        """End it."""
        self.child.terminate()
        self.child.wait()
        assert self.child.stdout is not None
        self.child.stdout.close()


def field_file(folder: Path, devices: int) -> Path:
    """Write a field file of devices whose every register moves."""
    shows = "\n".join(
        f"value_{n} = {{ value = {10 * (n % 20)}.0, swing = 9.0, period_s = {20 + n}.0 }}"
        for n in range(REGISTERS)
    )
    path = folder / f"field_{devices}.toml"
    path.write_text(
        f'[[device]]\nname = "meter"\nmap = "{write_map(folder).name}"\ncopies = {devices}\n\n'
        f"[device.shows]\n{shows}\n",
        encoding="utf-8",
    )
    return path


async def ask(ports: Sequence[int], period_s: float, seconds: float, pid: int) -> dict[str, float]:
    """Ask every device once a period; return what that cost the process that answers."""
    sent: list[dict[int, float]] = [{} for _ in ports]
    late_ms: list[float] = []

    def heard(place: int, number: int) -> None:
        late_ms.append(1e3 * (time.perf_counter() - sent[place].pop(number)))

    clients = [await raw_client(port, lambda n, at=at: heard(at, n)) for at, port in enumerate(ports)]  # type: ignore[misc]
    asking = asyncio.get_running_loop().create_task(_ask_in_turn(clients, sent, period_s))
    await asyncio.sleep(WARM_UP_S)
    late_ms.clear()
    began, cpu = time.monotonic(), cpu_s(pid)
    await asyncio.sleep(seconds)
    took_s, cost_s, answers = time.monotonic() - began, cpu_s(pid) - cpu, len(late_ms)
    if asking.done():
        asking.result()  # it has no end of its own
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    for client in clients:
        client.close()
    return {
        "share": cost_s / took_s,
        "scans": float(answers),
        "answered": answers * period_s / (took_s * len(ports)),
        "p99_ms": float(np.percentile(late_ms, 99)) if late_ms else float("inf"),
        "seconds": took_s,
    }


async def _ask_in_turn(
    clients: Sequence[RawClient], sent: Sequence[dict[int, float]], period_s: float
) -> None:
    """Ask one device after the other, so that all of them are asked in a period."""
    loop, pause_s, turn = asyncio.get_running_loop(), period_s / len(clients), 0
    begin = loop.time()
    while True:
        while turn * pause_s <= loop.time() - begin:
            place = turn % len(clients)
            now = time.perf_counter()
            sent[place][clients[place].send()] = now
            turn += 1
        await asyncio.sleep(max(0.0, turn * pause_s - (loop.time() - begin)))


def measured(server: Server, period_s: float, seconds: float) -> dict[str, float]:
    """Ask the devices of a server, and end it."""
    try:
        return uvloop.run(ask(server.ports, period_s, seconds, server.child.pid))
    finally:
        server.end()


def run(folder: Path, seconds: float, fast: int, many: int) -> list[dict[str, Any]]:
    """Measure ours and both peers, then a thousand of ours."""
    period_s = FAST[1]
    ours_at = ("-m", "aios", "field", str(field_file(folder, fast)), "--folder", str(folder))
    found = {
        "ours": measured(Server(*ours_at), period_s, seconds),
        "pymodbus": measured(
            Server("-m", "benchmarks.field_load.pymodbus_devices", str(fast)), period_s, seconds
        ),
        "raw": measured(
            Server("-m", "benchmarks.field_load.devices", str(fast), os.devnull), period_s, seconds
        ),
    }
    for name, one in found.items():
        print(
            f"  {name:10s} {one['share']:.3f} of a core, {100 * one['answered']:.1f} % answered", flush=True
        )
    if found["ours"]["answered"] < LEAST_ANSWERED:
        raise RuntimeError("a share of a core is no figure where devices were not asked and answered")
    thousand = Server("-m", "aios", "field", str(field_file(folder, many)), "--folder", str(folder))
    facts, start_s = thousand.facts, thousand.start_s
    found["many"] = measured(thousand, MANY[1], seconds)
    return rows(found, facts, start_s)


def rows(found: dict[str, dict[str, float]], facts: dict[str, Any], start_s: float) -> list[dict[str, Any]]:
    """Return the figures."""
    names = {
        "ours": "world.core_share_200_devices_10hz",
        "pymodbus": "world.core_share_200_devices_10hz_pymodbus",
        "raw": "world.core_share_200_devices_10hz_raw",
        "many": "world.core_share_1000_devices_1hz",
    }
    table: list[dict[str, Any]] = []
    for key, name in names.items():
        one = found[key]
        often = {"count": int(one["scans"]), "seconds": one["seconds"], "command": COMMAND}
        peer = {}
        if key == "ours":
            other = found["pymodbus"]["share"]
            peer = {"baseline": other, "ratio": one["share"] / other}
        table += [
            {"name": name, "value": one["share"], "unit": "1", **peer, **often},
            {"name": name.replace("core_share", "answered"), "value": one["answered"], "unit": "1", **often},
            {"name": name.replace("core_share", "p99_ms"), "value": one["p99_ms"], "unit": "ms", **often},
        ]
    once = {"count": int(facts["devices"]), "seconds": start_s, "command": COMMAND}
    table += [
        {"name": "world.field_start_s_1000_devices", "value": start_s, "unit": "s", **once},
        {"name": "world.field_memory_mb_1000_devices", "value": facts["memory_mb"], "unit": "MiB", **once},
    ]
    return [row for row in table if np.isfinite(row["value"])]  # who answers nothing has no latency


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="10 s each, no results written")
    parser.add_argument("--devices", type=int, default=FAST[0], help="fewer than 200, for a look")
    given = parser.parse_args()
    seconds = QUICK_S if given.quick else SECONDS
    many = MANY[0] * given.devices // FAST[0]
    allow_sockets(2 * many)
    with tempfile.TemporaryDirectory(prefix="aios-field-") as folder:
        table = run(Path(folder), seconds, given.devices, many)
    for row in table:
        print(f"  {row['name']:50s} {row['value']:10.3f} {row['unit']}")
    if not given.quick and given.devices == FAST[0]:
        write("world_field", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
