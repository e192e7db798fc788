"""R19: broker and database go and come back; within 10 s after that new data is at both, and nothing is lost.

A real PostgreSQL and a real mosquitto, each behind a fault proxy that anyone can use (`aios proxy`), and one
historian that feeds both from an outbox that is written all the time. In turn: the database crashes and is
started again, the broker is stopped and started again, both are cut off for 60 s (nothing arrives, then
everything does), both connections stay half open for 60 s (what was sent is gone, nobody was told). After
each the time is taken until something new has come through. At the end the database is asked in SQL for every
row, and a subscriber with a session must have heard every second. An event may come twice with the same id,
which is what a subscriber drops; two events for one append may not.

Network namespaces need rights that a test has not everywhere: the proxy holds the bytes instead.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from benchmarks.field_outage.telemetry import JUDGE_POSTGRES, wrong_rows
from tests.reliability.promise import Promise, Tally
from tests.reliability.uplinks import Uplinks

MOST_S = 10.0
FULL_S = 60.0
SHORT_S = 1.5
FULL = 8


async def database_restart(uplinks: Uplinks, _: float) -> None:
    """Crash the database and start it again."""
    await asyncio.to_thread(uplinks.database.stop, how="immediate")
    await asyncio.to_thread(uplinks.database.start)


async def broker_restart(uplinks: Uplinks, away_s: float) -> None:
    """Stop the broker, and start it again; its port refuses meanwhile, as one that nobody listens on."""
    await uplinks.to_broker.down()
    await asyncio.to_thread(uplinks.broker.stop)
    await asyncio.sleep(min(away_s, 5.0))
    await asyncio.to_thread(uplinks.broker.start)
    await uplinks.to_broker.up()


async def partition(uplinks: Uplinks, away_s: float) -> None:
    """Cut both off for a while."""
    for proxy in (uplinks.to_database, uplinks.to_broker):
        proxy.partition()
    await asyncio.sleep(away_s)
    for proxy in (uplinks.to_database, uplinks.to_broker):
        proxy.clear()


async def half_open(uplinks: Uplinks, away_s: float) -> None:
    """Swallow everything for a while, and tell nobody."""
    for proxy in (uplinks.to_database, uplinks.to_broker):
        proxy.half_open()
    await asyncio.sleep(away_s)
    for proxy in (uplinks.to_database, uplinks.to_broker):
        proxy.clear()


FAULTS: tuple[Callable[[Uplinks, float], Awaitable[None]], ...] = (
    *(database_restart, broker_restart, partition, half_open),
)


async def broken_off(count: int, away_s: float) -> Tally:
    """Break so many times, and see it come back."""
    broken: list[str] = []
    worst: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="r19-") as name:
        async with Uplinks(Path(name)) as uplinks:
            await uplinks.recovery_s()
            for number in range(count):
                fault = FAULTS[number % len(FAULTS)]
                await fault(uplinks, away_s)
                for what, took in (await uplinks.recovery_s()).items():
                    name_of = f"{what}_after_{fault.__name__}_s"
                    worst[name_of] = max(took, worst.get(name_of, 0.0))
                    if took > MOST_S:
                        broken.append(f"{what} came back {took:.1f} s after {fault.__name__}")
            await uplinks.drained()
            broken += _judged(uplinks)
            counts = {
                "rows": float(uplinks.written * 200),
                "events": float(len(uplinks.listener.events)),
                "events again": float(sum(uplinks.listener.events.values()) - len(uplinks.listener.events)),
            }
    return Tally(tried=count, broken=tuple(broken), counts=counts, worst=worst)


def _judged(uplinks: Uplinks) -> list[str]:
    """Say what is missing or double at either end."""
    wrong = wrong_rows(uplinks.database.asked(JUDGE_POSTGRES), uplinks.written)
    found = [f"{count} rows {what} in the database" for what, count in wrong.items() if count]
    missing = uplinks.written - len(uplinks.listener.seconds)
    found += [f"{missing} seconds were not heard over MQTT"] if missing else []
    twice = len(uplinks.listener.events) - len(uplinks.listener.seconds)
    found += [f"{twice} appends were told under two ids"] if twice else []
    return found


def attempt(seed: int, count: int) -> Tally:
    """Break so many times; for as long as promised where all of them are asked for."""
    with structlog.testing.capture_logs():
        return asyncio.run(broken_off(count, FULL_S if count >= FULL else SHORT_S))


PROMISE = Promise(
    id="R19",
    claim="Broker restart, database restart, a partition of 60 s, a half-open socket: recovery below 10 s, "
    "no duplicate effects, nothing lost",
    unit="faults",
    full=FULL,
    reduced=4,
    attempt=attempt,
    alone=True,
    seed=19,
)
