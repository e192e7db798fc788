"""R12: a gateway whose event loop hangs is noticed by its missing ticks, made safe and replaced."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.reliability.promise import Promise, Tally
from tests.reliability.watched.hanging import WANTED_KW
from tests.reliability.watched.plant import stands, stretch, watched

LIMIT_S = 5.0


@dataclass
class Hung:
    """What came of a hang; seconds after it, None where it never came."""

    safe_s: float | None
    killed_s: float | None
    ready_s: float | None


def attempt(seed: int, count: int) -> Tally:
    """Hang the loop of a real gateway in an agent's step."""
    return _judged([asyncio.run(_in_folder(("aios",), 20.0)) for _ in range(count)])


def control(seed: int) -> Tally:
    """Hang a gateway whose watchdog is fed by a timer."""
    return _judged([asyncio.run(_in_folder(("tests.reliability.watched.timer_fed",), 6.0))])


def _judged(hangs: Sequence[Hung]) -> Tally:
    broken = [
        f"{what} {'never came' if after is None else f'after {after:.2f} s'}, {LIMIT_S:g} s are promised"
        for hung in hangs
        for what, after in (("safe state", hung.safe_s), ("successor ready", hung.ready_s))
        if after is None or after > LIMIT_S * stretch()
    ]
    worst = {
        name: max((getattr(hung, name) or 0.0) for hung in hangs)
        for name in ("safe_s", "killed_s", "ready_s")
    }
    return Tally(tried=len(hangs), broken=tuple(broken), worst=worst)


async def _in_folder(module: Sequence[str], within_s: float) -> Hung:
    with tempfile.TemporaryDirectory(prefix="aios-hung-") as folder:
        return await hang(Path(folder), module, within_s)


async def hang(folder: Path, module: Sequence[str], within_s: float) -> Hung:
    """Hang a gateway that controls a battery, and watch the device and the stand-in."""
    async with watched(folder, module) as (unit, inverter, switch):
        await unit.until("READY", within_s=60.0)
        await stands(inverter, WANTED_KW, 20.0)
        switch.touch()
        while switch.exists():  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.005)
        begin = time.monotonic()
        safe = asyncio.ensure_future(stands(inverter, 0.0, within_s))
        try:
            ready: float | None = await unit.until("READY", after=begin, within_s=within_s)
        except TimeoutError:
            ready = None
        safe_at = await safe
        return Hung(
            safe_s=None if safe_at is None else safe_at - begin,
            killed_s=unit.kills[0] - begin if unit.kills else None,
            ready_s=None if ready is None else ready - begin,
        )


PROMISE = Promise(
    id="R12",
    claim="A gateway whose loop hangs is safe and replaced within 5 s: only ticks feed its watchdog",
    unit="hangs",
    full=5,
    reduced=1,
    attempt=attempt,
    control=control,
    alone=True,
)
