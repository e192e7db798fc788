"""Memory of a gateway: its own process with 200 devices x 50 points, and all of its processes together.

Proportional set size (PSS): pages that several processes share count by their share, so the sum over
processes is what the machine gives for them. Source: proc_pid_smaps(5), `smaps_rollup`.

`--python` names the interpreter of an environment with the runtime lock alone: a library such as river loads
what it finds beside it (pandas, and that pyarrow), so that a developer's environment shows 60 MiB more.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

import aios
from aios.demo.stage import free_offset, run_site_text
from aios.site import load_site, site_of
from benchmarks.results import write
from kernel.shell.clock import SystemClock
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers

DEVICES: Final = 200
POINTS: Final = 50
SECONDS: Final = 60.0
QUICK_SECONDS: Final = 8.0
READY_S: Final = 180.0
COMMAND: Final = "make bench-memory"
NORD: Final = Path(aios.__file__).parent / "sites" / "nord.toml"
_HEAD: Final = """
[site]
name = "memory"
title = "Memory"

[[asset]]
name = "grid"
kind = "connection"

[policies]
names = ["breaker_close_never_under_permit"]
"""


def map_text() -> str:
    """Return a register map with fifty measured points."""
    points = [
        f'[[points]]\nquantity = "value_{n}"\nunit = "kW"\ntable = "input"\naddress = {n}\ntype = "i16"\n'
        "scale = 0.1\nnot_implemented = -32768\nplausibility = { low = -3000.0, high = 3000.0 }\n"
        for n in range(POINTS)
    ]
    return 'title = "Fifty points"\nsource = "made for this benchmark"\n\n' + "\n".join(points)


def site_text(ports: Mapping[str, int]) -> str:
    """Return a site with two hundred meters of fifty points; port 0 lets the field choose."""
    meters = [
        f'[[asset]]\nname = "f{n}"\nkind = "feeder"\nupstream = "grid"\n\n'
        f'[[device]]\nname = "meter{n}"\nasset = "f{n}"\nmap = "fifty.toml"\n'
        f"port = {ports.get(f'meter{n}', 0)}\n"
        for n in range(DEVICES)
    ]
    return _HEAD + "\n".join(meters)


def pss_mb(pid: int) -> float:
    """Return the proportional set size of a process, MiB; 0 where it is gone."""
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def family(parent: int) -> dict[int, str]:
    """Return a process and its descendants, with what they run."""
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(path.name)] = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {parent}
    while more := {child for child, its in parents.items() if its in found} - found:
        found |= more
    return {pid: _words(pid) for pid in found}


def _words(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def _opened(log: Path) -> BinaryIO:
    return log.open("ab")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


async def run_gateway(python: str, file: Path, folder: Path, log: Path) -> Process:
    """Start `aios run` and wait until it is ready."""
    with _opened(log) as said:
        child = await asyncio.create_subprocess_exec(
            *(python, "-m", "aios", "run", str(file), "--folder", str(folder)),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=said,
        )
    assert child.stdout is not None
    async with asyncio.timeout(READY_S):
        line = await child.stdout.readline()
    if not line or not json.loads(line).get("ready"):
        raise RuntimeError(_end_of(log))
    return child


async def many_devices(python: str, folder: Path, seconds: float) -> dict[str, float]:
    """Measure a gateway that reads two hundred devices, whose devices are served here."""
    (folder / "fifty.toml").write_text(map_text(), encoding="utf-8")
    file = folder / "site.toml"
    site = site_of(site_text({}), folder=folder)
    banks = {device: make_bank(device, site.asset[device.asset]) for device in site.devices}
    async with FieldServers(banks, SystemClock()) as servers:
        file.write_text(site_text(servers.ports), encoding="utf-8")
        gateway = await run_gateway(python, file, folder / "gateway", folder / "log")
        try:
            await asyncio.sleep(seconds)
            return {words: pss_mb(pid) for pid, words in family(gateway.pid).items()}
        finally:
            gateway.terminate()
            await gateway.wait()


async def whole_nord(python: str, folder: Path, seconds: float) -> dict[str, float]:
    """Measure every process of the demo's gateway, with all of its models at work."""
    offset = free_offset(tuple(device.port for device in load_site(NORD).devices))
    text = run_site_text(NORD.read_text(encoding="utf-8"), offset=offset, mqtt="mqtt://127.0.0.1:1")
    file = folder / "nord.toml"
    file.write_text(text, encoding="utf-8")
    field = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "aios", "field", str(file), "--folder", str(folder / "field")),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=DEVNULL,
    )
    try:
        assert field.stdout is not None
        await field.stdout.readline()
        gateway = await run_gateway(python, file, folder / "nord", folder / "log")
        try:
            await asyncio.sleep(seconds)
            return {words: pss_mb(pid) for pid, words in family(gateway.pid).items()}
        finally:
            gateway.terminate()
            await gateway.wait()
    finally:
        field.terminate()
        await field.wait()


def rows(many: Mapping[str, float], nord: Mapping[str, float], seconds: float) -> list[dict[str, Any]]:
    """Return the figures of the goals, and the parts of the second."""
    gateway = next(mb for words, mb in many.items() if " run " in words)
    figures = [("kernel.gateway_pss_mb", gateway), ("kernel.all_pss_mb", sum(nord.values()))]
    for words, mb in nord.items():
        part = next((name for key, name in PARTS.items() if key in words), "other")
        figures.append((f"kernel.nord_{part}_pss_mb", mb))
    return [
        {
            "name": name,
            "value": round(mb, 1),
            "unit": "MiB",
            "count": 1,
            "seconds": seconds,
            "command": COMMAND,
        }
        for name, mb in figures
    ]


PARTS: Final = {
    " run ": "gateway",
    "policies.worker": "policy",
    "worker_process": "worker",
    "aios.historian": "historian",
}
"""Processes of a gateway, by a word of their command line."""


async def measured(python: str, seconds: float) -> list[dict[str, Any]]:
    """Measure both."""
    with tempfile.TemporaryDirectory(prefix="aios-memory-") as folder:
        many = await many_devices(python, Path(folder), seconds)
        nord = await whole_nord(python, Path(folder), seconds)
    return rows(many, nord, seconds)


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SECONDS:g} s instead of {SECONDS:g} s")
    parser.add_argument("--python", default=sys.executable, help="interpreter that runs the gateway")
    chosen = parser.parse_args()
    quick = chosen.quick
    table = asyncio.run(measured(chosen.python, QUICK_SECONDS if quick else SECONDS))
    for row in table:
        print(f"  {row['name']:32s} {row['value']:8.1f} MiB")
    if not quick:
        write("memory", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
