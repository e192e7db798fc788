"""What a device does is on the page within a second, pushed from tick to tick; a killed gateway is told."""

from __future__ import annotations

import os
import signal
import statistics
from contextlib import AsyncExitStack
from pathlib import Path

import msgspec
import pytest

from aios.control_room.source import SocketSource
from aios.folder import Folder
from benchmarks.desk_load.plant import WATCHED, changing_plant
from benchmarks.desk_load.witness import jumps
from edge.next_tick import NextTick
from kernel.shell.socket import Server
from kernel.shell.wire import Answer, GetSnapshot, Rejected, Request
from tests.fakes.browser import browser
from tests.fakes.snapshots import snapshot
from tests.system.served_page import serving

pytestmark = pytest.mark.system

VALUE = f"document.querySelector('[data-key=\"{WATCHED}\"] td b').textContent.replace(/\\D/g, '')"


class Ticking:
    """A gateway that ticks when told, and keeps who asks waiting for it."""

    def __init__(self) -> None:
        self.shot = snapshot(tick=0)
        self.next = NextTick()
        self.answered: list[tuple[int | None, int]] = []
        """The tick that each question knew, and the one that it was told."""

    async def respond(self, request: Request) -> Answer:
        if not isinstance(request, GetSnapshot):
            return Rejected(reason="not here")
        await self.next.other_than(request.seen_tick, lambda: self.shot.tick, request.wait_s)
        self.answered.append((request.seen_tick, self.shot.tick))
        return self.shot

    def tick(self, value: float) -> None:
        points = tuple(
            msgspec.structs.replace(p, value=value) if p.point == WATCHED else p for p in self.shot.points
        )
        self.shot = msgspec.structs.replace(self.shot, points=points, tick=self.shot.tick + 1)
        self.next.came()


async def test_every_tick_is_pushed_to_the_page_and_no_question_is_asked_in_vain(tmp_path: Path) -> None:
    gateway, socket = Ticking(), tmp_path / "gateway.sock"
    server, source = Server(socket, gateway.respond), SocketSource(socket)
    await server.open()
    async with serving(source) as url, browser() as tab:
        await tab.open(f"{url}points")
        for number in range(1, 6):
            gateway.tick(7000.0 + number)
            await tab.until(f"{VALUE} === '{7000 + number}'")
    await source.close()
    await server.close()
    pushed = [told for seen, told in gateway.answered if seen is not None and told != seen]
    assert set(pushed) >= {2, 3, 4, 5}
    assert len(pushed) == len(set(pushed))


async def test_a_change_at_a_device_is_on_the_page_within_a_second_and_a_killed_gateway_is_told_there(
    tmp_path: Path,
) -> None:
    home = Folder(root=tmp_path)
    async with AsyncExitStack() as stack:
        tab = await stack.enter_async_context(browser())
        plant = await stack.enter_async_context(changing_plant(tmp_path))
        source = SocketSource(home.socket)
        stack.push_async_callback(source.close)
        url = await stack.enter_async_context(serving(source))
        told = await jumps(tab, url, plant, home.socket, 7)
        assert statistics.median(told.page) < 1.0
        shown = await tab.value(VALUE)
        os.kill(plant.gateway.pid, signal.SIGKILL)
        await tab.until("document.querySelector('.banner.down')?.textContent.includes('does not answer')")
        await tab.until("document.body.classList.contains('feed-stale')")
        assert await tab.value(VALUE) == shown
        grey = f"document.querySelector('[data-key=\"{WATCHED}\"]').classList.contains('stale')"
        await tab.until(grey)
