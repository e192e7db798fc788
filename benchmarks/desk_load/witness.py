"""Who sees a change, and when: a browser before the page, and the gateway's own socket beside it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.desk_load.plant import WATCHED, Plant, value_kw
from kernel.shell.socket import connect
from kernel.shell.wire import GetSnapshot, Snapshot
from tests.fakes.browser import Tab

MISSED_S: Final = 5.0
"""What a change counts that was never seen."""
REST_S: Final = (0.9, 1.9)
"""Real seconds between two changes, drawn at random: they fall anywhere into a scan."""
_WATCH: Final = """(() => {
    const read = () => READ;
    window.seen = {}; window.order = [];
    const note = () => {
        const now = performance.timeOrigin + performance.now(), what = read();
        if (what === window.order.at(-1)?.[0]) return;
        window.order.push([what, now / 1000]);
    };
    note();
    new MutationObserver(note).observe(document.body,
        { subtree: true, childList: true, characterData: true, attributes: true });
})()"""
_VALUE: Final = (
    f"document.querySelector('[data-key=\"{WATCHED}\"] td b')?.textContent.replace(/\\D/g, '') ?? ''"
)
_BREAKER: Final = (
    "(document.querySelector('svg.one-line')?.getAttribute('aria-label')"
    "?.match(/breaker CB-?13 (\\w+)/i) ?? ['', ''])[1]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """How long changes took until they were seen, seconds."""

    page: list[float]
    socket: list[float]
    """Until the gateway told of it on its socket: no desk can show it earlier."""


async def sign_in(tab: Tab, url: str, name: str, password: str) -> None:
    """Sign in from a page."""
    await tab.open(f"{url}sign-in")
    body = json.dumps({"name": name, "password": password})
    asked = f"{{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: {json.dumps(body)}}}"
    status = await tab.value(f"fetch('/api/v1/sign-in', {asked}).then((answer) => answer.status)")
    if status != 200:
        raise RuntimeError(f"signing in answers {status}")


async def jumps(tab: Tab, url: str, plant: Plant, socket: Path, count: int) -> Told:
    """Let a measurement jump again and again, before the page of all points."""
    changes = [(str(round(value_kw(number))), partial(plant.change, number)) for number in range(count)]
    return await _seen(tab, f"{url}points", _VALUE, changes, socket, _watched_value)


async def trips(tab: Tab, url: str, plant: Plant, socket: Path, count: int) -> Told:
    """Let a breaker open and close again and again, before the overview."""
    states = [("open", False), ("closed", True)] * (count // 2)
    changes = [(word, partial(plant.trip, closed=closed)) for word, closed in states]
    return await _seen(tab, url, _BREAKER, changes, socket, _breaker)


async def _seen(
    tab: Tab,
    url: str,
    read: str,
    changes: Sequence[tuple[str, Callable[[], float]]],
    socket: Path,
    of: Callable[[Snapshot], str],
) -> Told:
    await tab.open(url)
    await tab.until(f"({read}) !== ''")
    await tab.value(_WATCH.replace("READ", read))
    dice = random.Random(11)
    done: list[tuple[str, float]] = []
    async with _listening(socket, of) as heard:
        for word, change in changes:
            await asyncio.sleep(dice.uniform(*REST_S))
            done.append((word, change()))
        await asyncio.sleep(REST_S[1])
    shown = [(str(word), float(at)) for word, at in await tab.value("window.order")]
    return Told(page=_delays(done, shown), socket=_delays(done, heard))


def _delays(done: list[tuple[str, float]], shown: list[tuple[str, float]]) -> list[float]:
    """Return for each change how long it took until it was shown for the first time after it.

    >>> _delays([("open", 1.0), ("closed", 3.0)], [("closed", 0.0), ("open", 1.4), ("closed", 3.5)])
    [0.4, 0.5]
    """
    found = []
    for word, at in done:
        first = next((when for what, when in shown if what == word and when >= at), at + MISSED_S)
        found.append(round(first - at, 6))
    return found


@asynccontextmanager
async def _listening(socket: Path, of: Callable[[Snapshot], str]) -> AsyncIterator[list[tuple[str, float]]]:
    """Note what the gateway tells on its socket, as soon as it does."""
    client, heard = await connect(socket), list[tuple[str, float]]()

    async def listen() -> None:
        seen = None
        while True:
            shot = await client.ask(GetSnapshot(seen_tick=seen, wait_s=1.0))
            if isinstance(shot, Snapshot):
                heard.append((of(shot), time.time()))
                seen = shot.tick

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await listening
        await client.close()


def _values(shot: Snapshot) -> Mapping[str, float]:
    return {point.point: point.value for point in shot.points}


def _watched_value(shot: Snapshot) -> str:
    return str(round(_values(shot)[WATCHED]))


def _breaker(shot: Snapshot) -> str:
    return {1.0: "open", 2.0: "closed"}.get(_values(shot)["cb13/position"], "")
