"""Reads a second of our Modbus driver, a hundred registers each, against bare pymodbus and a raw client.

    python -m benchmarks.bench_field_throughput [--quick]

Fifty connections, each asking again as soon as it has its answer, from one process under uvloop; the devices
are a plain asyncio server in another process. Ours is the whole driver: request, answer judged on its bytes,
a hundred values with scale and quality in a Block. Bare pymodbus hands over a list of registers, the raw
client nothing. The three take turns in rounds; the figures are medians of the rounds, and the ratio is the
median of the ratios round by round. `--quick` runs short rounds and writes no results.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import uvloop
from pymodbus.client import AsyncModbusTcpClient

from benchmarks.field_load.devices import HOST, REGISTERS, serving
from benchmarks.field_load.meter import drivers_of
from benchmarks.field_load.raw_client import RawClient, raw_client
from benchmarks.results import write
from kernel.shell.clock import SystemClock

CONNECTIONS: Final = 50
ROUNDS: Final = 7
ROUND_S: Final = 5.0
QUICK_S: Final = 0.5
COMMAND: Final = "python -m benchmarks.bench_field_throughput"

Ask = Callable[[], Awaitable[object]]


class Peer:
    """A way to read, on all connections."""

    def __init__(self, asks: list[Ask]) -> None:
        self._asks = asks

    async def rate(self, seconds: float) -> tuple[float, float]:
        """Ask on every connection as fast as answers come; return reads a second, and CPU us a read."""
        ends, counts = time.perf_counter() + seconds, [0] * len(self._asks)

        async def one(place: int, ask: Ask) -> None:
            while time.perf_counter() < ends:
                await ask()
                counts[place] += 1

        began, began_cpu = time.perf_counter(), time.thread_time_ns()
        await asyncio.gather(*(one(place, ask) for place, ask in enumerate(self._asks)))
        took, cpu_us = time.perf_counter() - began, (time.thread_time_ns() - began_cpu) / 1e3
        return sum(counts) / took, cpu_us / sum(counts)


class Raw:
    """A raw client that waits for each answer."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[int] | None = None
        self.client: RawClient

    def answered(self, number: int) -> None:
        """Wake who asked."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(number)

    async def ask(self) -> int:
        """Ask once."""
        self._answer = asyncio.get_running_loop().create_future()
        self.client.send()
        return await self._answer


async def bare(port: int) -> tuple[AsyncModbusTcpClient, Ask]:
    """Return a pymodbus client and how it asks."""
    client = AsyncModbusTcpClient(HOST, port=port, retries=0, timeout=5)
    assert await client.connect()

    async def ask() -> object:
        answer = await client.read_holding_registers(0, count=REGISTERS, device_id=1)
        assert not answer.isError()
        return answer.registers

    return client, ask


async def measure(folder: Path, seconds: float) -> dict[str, list[tuple[float, float]]]:
    """Let the three take turns."""
    with serving(CONNECTIONS, folder) as field:
        drivers = drivers_of(field.ports, folder, SystemClock())
        for driver in drivers:
            assert not (await driver.read()).quality.any()
        pymodbus = [await bare(port) for port in field.ports]
        raws = [Raw() for _ in field.ports]
        for raw, port in zip(raws, field.ports, strict=True):
            raw.client = await raw_client(port, raw.answered)
        peers = {
            "driver": Peer([driver.read for driver in drivers]),
            "pymodbus": Peer([ask for _, ask in pymodbus]),
            "raw": Peer([raw.ask for raw in raws]),
        }
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in peers}
        for number in range(ROUNDS):
            for name, peer in peers.items():
                rates[name].append(await peer.rate(seconds))
            print(f"round {number + 1}: " + ", ".join(f"{n} {r[-1][0]:.0f}/s" for n, r in rates.items()))
        for driver in drivers:
            learned = driver.traffic()
            assert learned.timeouts + learned.exceptions + learned.rubbish == 0
            await driver.close()
        for client, _ in pymodbus:
            client.close()
        for raw in raws:
            raw.client.close()
    return rates


def rows(rates: dict[str, list[tuple[float, float]]], seconds: float) -> list[dict[str, Any]]:
    """Return the figures."""
    rate = {name: statistics.median(one for one, _ in found) for name, found in rates.items()}
    cpu = {name: statistics.median(one for _, one in found) for name, found in rates.items()}
    ratio = statistics.median(
        ours / theirs for (ours, _), (theirs, _) in zip(rates["driver"], rates["pymodbus"], strict=True)
    )
    common = {"count": ROUNDS, "seconds": 3 * ROUNDS * seconds, "command": COMMAND}
    figures = [
        {"name": "field.driver_throughput_ratio_to_bare_pymodbus", "value": ratio, "unit": "1"},
        *(
            {"name": f"field.{name}_reads_per_second", "value": rate[name], "unit": "1/s",
             "baseline": rate["pymodbus"], "ratio": rate[name] / rate["pymodbus"]}
            for name in rates
        ),
        *({"name": f"field.{name}_cpu_us_per_read", "value": cpu[name], "unit": "us"} for name in rates),
    ]  # fmt: skip
    return [{**figure, **common} for figure in figures]


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"rounds of {QUICK_S:g} s, no results written")
    quick = parser.parse_args().quick
    seconds = QUICK_S if quick else ROUND_S
    with tempfile.TemporaryDirectory(prefix="aios-throughput-") as folder:
        rates = uvloop.run(measure(Path(folder), seconds))
    print(f"{CONNECTIONS} connections, {REGISTERS} registers, medians of {ROUNDS} rounds of {seconds:g} s")
    table = rows(rates, seconds)
    for row in table:
        print(f"  {row['name']:48s} {row['value']:10.2f} {row['unit']}")
    if not quick:
        write("field_throughput", table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
