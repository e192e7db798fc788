"""The tree of a gateway: what may crash beside the tick, what ends it, and what a dispatcher then sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from edge.desk import Desk, Face
from edge.gateway import Gateway, GatewayFailed
from edge.subsystems import INTENSITY, policies
from kernel.journal.failure import JournalDown, JournalLost
from kernel.pipe.state import PipeState
from kernel.shell.task_child import task
from tests.unit.kernel.conftest import METER, S
from tests.unit.kernel.scripted_clock import ScriptedClock, settle
from tests.unit.kernel.shell.test_kernel import Plant


class Life:
    """A gateway whose subsystem `extra` crashes when it is told to."""

    def __init__(self, root: Path) -> None:
        self.plant, self.clock = Plant(root / "plant"), ScriptedClock(1000 * S)
        self.plant.kernel.shell = replace(self.plant.kernel.shell, clock=self.clock)
        self.plant.bus._clock = self.clock
        self.desk = Desk(Face(site=self.plant.site, version="0", revision="test", rules=()), {})
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), self.desk, root / "s", clock=self.clock)
        self.gateway.beside = (self.gateway.subsystem("workers", task("worker", self.work)),)
        self.crash = asyncio.Event()
        self.lives = 0
        self.running = asyncio.ensure_future(self.gateway.run())

    async def work(self) -> None:
        self.lives += 1
        await self.crash.wait()
        self.crash.clear()
        raise RuntimeError("as told")

    async def crashes(self) -> None:
        self.crash.set()
        await settle(60)

    async def ticks(self, number: int = 1) -> None:
        for _ in range(number):
            await self.clock.advance(self.clock.now_ns() // S * S + S)
            await settle(60)

    @property
    def state(self) -> PipeState:
        return self.plant.kernel.state


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    made = Life(tmp_path)
    await settle(60)
    yield made
    made.gateway.stop()
    if not made.running.done():
        await made.ticks()
    await asyncio.gather(made.running, return_exceptions=True)


def names(gateway: Gateway) -> dict[str, str]:
    tree = gateway.tree()
    assert tree is not None
    return {leaf.name: leaf.state for leaf in tree.children}


async def test_the_tree_names_everything_that_runs(life: Life) -> None:
    assert names(life.gateway) == dict.fromkeys(("socket", "workers", "field", "tick"), "running")


async def test_a_subsystem_that_crashes_starts_again_and_the_tick_goes_on(life: Life) -> None:
    await life.ticks()
    before = life.state.tick
    await life.crashes()
    assert life.lives == 2
    await life.ticks(3)
    assert life.state.tick == before + 3
    assert life.state.orders == {}


async def test_a_subsystem_that_keeps_crashing_stays_down_and_a_repair_order_says_so(life: Life) -> None:
    for _ in range(INTENSITY + 1):
        await life.crashes()
    assert names(life.gateway)["workers"] == "ended"
    assert names(life.gateway)["tick"] == "running"
    await life.ticks(2)
    (order,) = life.state.orders.values()
    assert (order.id, order.asset, order.state) == ("gateway/workers", "gateway", "open")
    assert "more than 5 restarts in 60 s; last worker: RuntimeError: as told" in order.evidence[0].text
    assert [o.id for o in life.desk.snapshot(life.plant.kernel).orders] == ["gateway/workers"]
    assert "gateway:self" not in life.state.rungs, "the gateway stands on no rung"


async def test_five_crashes_in_a_minute_are_within_the_budget(life: Life) -> None:
    for _ in range(INTENSITY):
        await life.crashes()
    await life.ticks(2)
    assert names(life.gateway)["workers"] == "running"
    assert life.state.orders == {}


async def test_a_lost_journal_ends_the_gateway_as_a_failure_after_its_safe_set(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unconfirmed(*_: Any) -> None:
        life.plant.journal.lost = "disk I/O error"
        raise JournalLost("disk I/O error")

    life.plant.driver.values[METER] = 80.0
    await life.ticks(3)
    assert life.plant.driver.writes[-1].value == 30.0
    monkeypatch.setattr(life.plant.journal, "append", unconfirmed)
    life.plant.driver.values[METER] = 90.0
    await life.ticks(4)
    with pytest.raises(GatewayFailed, match="the journal is lost until it is opened again: disk I/O error"):
        await asyncio.wait_for(life.running, 1.0)
    last = life.plant.driver.writes[-1]
    assert (last.authority, last.value) == ("safe_set", 0.0)


async def test_a_journal_that_is_only_down_is_waited_for(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise JournalDown("disk full")

    life.plant.driver.values[METER] = 80.0
    await life.ticks(3)
    monkeypatch.setattr(life.plant.journal, "append", full)
    life.plant.driver.values[METER] = 90.0
    await life.ticks(8)
    assert life.state.journal_failure
    assert not life.running.done()


async def test_a_tick_that_crashes_ends_the_gateway_as_a_failure_with_everything_stopped(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("a mistake in the pipe")

    monkeypatch.setattr(life.plant.kernel.pipe, "draft", broken)
    await life.ticks()
    with pytest.raises(GatewayFailed, match="tick: RuntimeError: a mistake in the pipe"):
        await life.running
    assert set(names(life.gateway).values()) == {"ended"}


async def test_a_gateway_that_is_told_to_stop_ends_without_failure_and_without_waiting_for_a_tick(
    life: Life,
) -> None:
    await life.ticks()
    ticked, now_ns = life.state.tick, life.clock.now_ns()
    life.gateway.stop()
    await settle(60)
    async with asyncio.timeout(5.0):
        await life.running
    assert (life.state.tick, life.clock.now_ns()) == (ticked, now_ns)
    assert set(names(life.gateway).values()) == {"ended"}


class GivesUp:
    """A gate that gives up when it is told why."""

    pid, restarts = 7, 5

    def __init__(self) -> None:
        self.why: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def given_up(self) -> str:
        return await asyncio.shield(self.why)


async def test_a_policy_process_that_was_given_up_stands_in_the_tree_and_before_the_dispatcher(
    tmp_path: Path,
) -> None:
    gate, life = GivesUp(), Life(tmp_path)
    life.gateway.beside = (*life.gateway.beside, policies(gate, life.gateway.heard_of))
    await settle(60)
    tree = life.gateway.tree()
    assert tree is not None
    leaf = next(one for one in tree.children if one.name == "policies")
    assert (leaf.state, leaf.pid, leaf.restarts) == ("running", 7, 5)
    gate.why.set_result("more than 5 restarts in 60 s; last: no answer within 0.2 s")
    await settle(60)
    assert names(life.gateway)["policies"] == "ended"
    assert names(life.gateway)["tick"] == "running"
    await life.ticks(2)
    (order,) = life.state.orders.values()
    assert (order.id, order.title) == ("gateway/policies", "The policy process keeps crashing")
    assert "last: no answer within 0.2 s" in order.evidence[0].text
    life.gateway.stop()
    await life.ticks()
    await life.running
