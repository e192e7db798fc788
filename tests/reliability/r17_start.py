"""R17: a gateway is ready soon after its start, and controls soon after it was killed, where it left off.

Every start is a cold one: the cache of compiled kernels is empty, and a loop in a worker needs them.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from kernel.quality import is_good
from kernel.shell.socket import GatewayAway, connect
from kernel.shell.wire import GetSnapshot, Snapshot
from tests.reliability.promise import Promise, Tally
from tests.reliability.watched.hanging import SETPOINT, WANTED_KW
from tests.reliability.watched.plant import LEARNING, stands, stretch, watched

START_S = 10.0
WARM_S = 60.0
RESTART_S = 5.0
FORECASTER = "forecast"


def attempt(seed: int, count: int) -> Tally:
    """Start a gateway in an empty folder, kill it, and see its successor take over."""
    broken: list[str] = []
    worst = {"start_s": 0.0, "restart_s": 0.0, "warm_s": 0.0}
    for number in range(count):
        with tempfile.TemporaryDirectory(prefix="aios-start-", ignore_cleanup_errors=True) as folder:
            start_s, warm_s, restart_s, left = asyncio.run(_once(Path(folder)))
        seen = {"start_s": start_s, "restart_s": restart_s, "warm_s": warm_s}
        worst = {name: max(worst[name], one) for name, one in seen.items()}
        if start_s > START_S * stretch():
            broken.append(f"start {number}: ready after {start_s:.2f} s")
        if restart_s > RESTART_S * stretch():
            broken.append(f"start {number}: first valid scan {restart_s:.2f} s after the kill")
        broken += [f"start {number}: {what}" for what in left]
    return Tally(tried=count, broken=tuple(broken), worst=worst)


async def _once(folder: Path) -> tuple[float, float, float, list[str]]:
    begin = time.monotonic()
    async with watched(folder, reversion_s=10.0, beside=LEARNING) as (unit, inverter, _):
        start_s = await unit.until("READY", within_s=60.0 * stretch()) - begin
        await stands(inverter, WANTED_KW, 20.0 * stretch())
        socket = folder / "gateway" / "gateway.sock"
        left = await _warmed(socket)
        warm_s = time.monotonic() - begin
        before = await _valid(socket, time.monotonic(), 20.0 * stretch())
        executed = len(inverter.journal)
        assert unit.process is not None
        unit.process.kill()
        killed = time.monotonic()
        after = await _valid(socket, killed, 20.0 * stretch())
        restart_s = time.monotonic() - killed
        if unit.kills:
            left.append("the watchdog ended it while it compiled")
        if {one.value for one in list(inverter.journal)[executed:]} - {WANTED_KW}:
            left.append(f"another power was written: {list(inverter.journal)[executed:]}")
        if _value(after) != _value(before):
            left.append(f"the set-point was {_value(before)}, is {_value(after)}")
        if inverter._duplicates:
            left.append("a sequence number was sent twice")
        return start_s, warm_s, restart_s, left


async def _warmed(socket: Path) -> list[str]:
    """Wait for the first forecast; say where the ladder did not show that it was waited for."""
    shown = False
    async with asyncio.timeout(WARM_S * stretch()):
        while True:
            rungs = (await _snapshot(socket)).rungs
            rung = next((one for one in rungs if one.agent == FORECASTER), None)
            if rung is not None and rung.rung not in {"hold", "model"}:
                return [] if shown else ["the ladder never showed that the forecaster warmed up"]
            shown = shown or (rung is not None and rung.condition == "warming_up")
            await asyncio.sleep(0.05)


async def _snapshot(socket: Path) -> Snapshot:
    client = await connect(socket)
    try:
        said = await client.ask(GetSnapshot())
        assert isinstance(said, Snapshot)
        return said
    finally:
        await client.close()


async def _valid(socket: Path, since: float, within_s: float) -> Snapshot:
    """Wait for a gateway that has read its set-point as it was written."""
    while time.monotonic() - since < within_s:
        try:
            said = await _snapshot(socket)
        except (GatewayAway, OSError):
            await asyncio.sleep(0.02)
            continue
        if any(
            one.point == SETPOINT and is_good(one.quality) and one.value == WANTED_KW for one in said.points
        ):
            return said
        await asyncio.sleep(0.02)
    raise TimeoutError(f"no valid scan within {within_s:g} s")


def _value(snapshot: Snapshot) -> float:
    return next(one.value for one in snapshot.points if one.point == SETPOINT)


PROMISE = Promise(
    id="R17",
    claim="Ready within 10 s of a cold start; valid scan within 5 s of a kill, with the same set-points",
    unit="starts",
    full=5,
    reduced=1,
    attempt=attempt,
    alone=True,
)
