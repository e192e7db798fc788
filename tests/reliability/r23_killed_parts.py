"""R23: broker, database, page and gateway are killed at random moments of an approval's and an order's life.

Everything is real and a process of its own: `aios run` with `[access]`, `aios control-room` with accounts and
a key, mosquitto, PostgreSQL; the breaker answers on a socket. People act over the HTTP API as the page does:
an act is sent again with its key until somebody says what became of it. Judged is what they were told,
against the journal, the breaker, history and a subscriber.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import structlog

from tests.reliability.killed.killing import Killing, Moment
from tests.reliability.killed.listener import Listener
from tests.reliability.killed.lives import worked_off
from tests.reliability.killed.plant import plant
from tests.reliability.promise import Promise, Tally

PARTS = ("gateway", "page", "database", "broker")
SABOTAGE = "tests.reliability.killed.says_too_early"
CLAIMED = Moment(life=worked_off, at_step=1, after_s=0.0, away_s=0.0)
"""Right after somebody was told that they have an order."""


async def killed(
    seed: int, count: int, *, module: str = "aios", only: Sequence[str] = PARTS, moment: Moment | None = None
) -> Tally:
    """Live so many lives, and kill in each."""
    has_uplinks = "database" in only
    with tempfile.TemporaryDirectory(prefix="r23-", ignore_cleanup_errors=True) as name:
        async with plant(Path(name), module=module, uplinks=has_uplinks) as made:
            listener = Listener(made.broker_port) if has_uplinks else None
            killing = Killing(made, random.Random(seed), only)
            try:
                for number in range(count):
                    await killing.live(number, moment)
                await killing.judge(listener)
            finally:
                if listener is not None:
                    listener.close()
    counts = {what: float(number) for what, number in sorted(killing.counts.items())}
    return Tally(tried=count, broken=tuple(f"seed {seed}: {one}" for one in killing.broken), counts=counts)


def attempt(seed: int, count: int) -> Tally:
    """Kill each part in turn."""
    with structlog.testing.capture_logs():
        return asyncio.run(killed(seed, count))


def control(seed: int) -> Tally:
    """Kill a gateway that says that it has taken something before its journal has it."""
    with structlog.testing.capture_logs():
        return asyncio.run(killed(seed, 1, module=SABOTAGE, only=("gateway",), moment=CLAIMED))


PROMISE = Promise(
    id="R23",
    claim="Broker, database, page and gateway are killed at random moments of an approval's and a repair "
    "order's life: what people were told is so, nothing is doubled, nothing lost",
    unit="kills",
    full=100,
    reduced=3,
    attempt=attempt,
    control=control,
    part=25,
    seed=23,
)
