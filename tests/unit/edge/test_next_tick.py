"""Who waits for the next tick hears of it when it comes, and is not kept for ever."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from edge.desk import Desk, Face
from edge.gateway import Gateway
from edge.next_tick import NextTick
from kernel.shell.socket import Client, connect
from kernel.shell.wire import GetSnapshot, Snapshot
from tests.unit.kernel.shell.test_kernel import Plant

PATIENCE_S = 5.0


class Counter:
    """Ticks that come when told."""

    def __init__(self) -> None:
        self.tick = 7
        self.next = NextTick()

    def __call__(self) -> int:
        return self.tick

    def go_on(self, tick: int) -> None:
        self.tick = tick
        self.next.came()

    def waiting(self, seen: int | None) -> asyncio.Task[None]:
        return asyncio.create_task(self.next.other_than(seen, self, PATIENCE_S))


@pytest.mark.parametrize("seen", [None, 6, 8], ids=["nothing was seen", "an older tick", "of a life before"])
async def test_who_has_not_seen_the_newest_tick_waits_for_nothing(seen: int | None):
    waiting = Counter().waiting(seen)
    await asyncio.sleep(0)
    assert waiting.done()


async def test_all_who_wait_are_woken_by_a_tick_that_they_have_not_seen():
    ticks = Counter()
    waiting = [ticks.waiting(7) for _ in range(3)]
    await asyncio.sleep(0)
    ticks.go_on(8)
    for _ in range(3):
        await asyncio.sleep(0)
    assert all(one.done() for one in waiting)


async def test_a_tick_that_was_seen_already_wakes_nobody():
    ticks = Counter()
    waiting = ticks.waiting(8)
    ticks.tick = 8
    for _ in range(3):
        await asyncio.sleep(0)
        ticks.go_on(8)
    assert not waiting.done()
    waiting.cancel()


async def test_who_may_not_wait_is_answered_at_once():
    await asyncio.wait_for(NextTick().other_than(7, lambda: 7, 0.0), PATIENCE_S)


async def answered(client: Client, seen: int | None, wait_s: float) -> Snapshot:
    said = await client.ask(GetSnapshot(seen_tick=seen, wait_s=wait_s))
    assert isinstance(said, Snapshot)
    return said


async def test_a_gateway_tells_its_next_tick_on_the_socket_when_it_comes(tmp_path: Path):
    plant = Plant(tmp_path / "plant")
    desk = Desk(Face(site=plant.site, version="0", revision="test", rules=()), {})
    plant.kernel.shell = replace(plant.kernel.shell, listeners=(desk,))
    gateway = Gateway(plant.kernel, (plant.bus,), desk, tmp_path / "s")
    await gateway._server.open()
    client = await connect(tmp_path / "s")
    await plant.run(1, meter=40.0)
    first = await answered(client, None, 0.0)
    waiting = asyncio.create_task(answered(client, first.tick, PATIENCE_S))
    done, _ = await asyncio.wait({waiting}, timeout=0.05)
    assert not done
    await plant.run(1, meter=80.0)
    second = await asyncio.wait_for(waiting, PATIENCE_S)
    assert second.tick == first.tick + 1
    await client.close()
    await gateway._server.close()
    plant.kernel.close()
