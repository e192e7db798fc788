"""A lost journal: the end waits for the safe set where devices answer, for a dead one as long as stated."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edge.gateway import GatewayFailed
from edge.lost_journal import bound_s
from kernel.command import Command, Sent, Transmission
from kernel.journal.failure import JournalLost
from kernel.site import Device, Site
from tests.unit.edge.test_gateway_tree import Life
from tests.unit.kernel.conftest import METER, S, make_site
from tests.unit.kernel.scripted_clock import settle

TIMEOUT_S = 2.0


def served(site: Site) -> Site:
    """The smallest site, with all its points on one device whose time-out is 2 s."""
    points = tuple(msgspec.structs.replace(point, source="all") for point in site.points)
    device = Device(name="all", asset="bat", map="m", host="h", port=1, timeout_s=TIMEOUT_S)
    return msgspec.structs.replace(site, devices=(device,), points=points)


BOUND_S = 2 * 2 * TIMEOUT_S * (1 + 2) + 5.0 + 3.0
"""Two writable points, a feedback time of 5 s, a base tick of 1 s."""


def test_the_bound_follows_from_the_time_outs_of_the_devices() -> None:
    site = served(make_site())
    assert bound_s(site) == BOUND_S
    assert bound_s(site, factor=60.0) == 60.0 * (BOUND_S - 8.0) + 8.0, "time-outs do not scale"
    assert bound_s(make_site()) == 8.0


class Wire:
    """What a driver does with a write: it takes its time, or never comes back."""

    def __init__(self, life: Life, *, takes_s: float = 0.0, answer: Transmission | None = None) -> None:
        self._life, self._takes_s, self._answer = life, takes_s, answer
        self._write = life.plant.driver.write

    async def write(self, command: Command) -> Sent:
        clock = self._life.clock
        if self._takes_s:
            await clock.sleep_until(clock.now_ns() + round(self._takes_s * S))
        self._life.plant.driver.answer = self._answer or Transmission.WRITTEN
        return await self._write(command)


async def losing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **wire: Any) -> Life:
    """A gateway whose battery stands at 30 kW, should go on to 40 kW, and whose journal is just lost."""
    life = Life(tmp_path)
    life.plant.kernel.pipe.site = served(life.plant.site)
    await settle(60)

    def unconfirmed(*_: Any) -> None:
        life.plant.journal.lost = "disk I/O error"
        raise JournalLost("disk I/O error")

    life.plant.driver.values[METER] = 80.0
    await life.ticks(4)
    assert life.plant.driver.writes[-1].value == 30.0
    monkeypatch.setattr(life.plant.journal, "append", unconfirmed)
    monkeypatch.setattr(life.plant.driver, "write", Wire(life, **wire).write)
    life.plant.driver.values[METER] = 90.0
    return life


async def ended_after(life: Life, most: int) -> int:
    """Let ticks pass until the gateway ends as a failure; return how many."""
    for number in range(1, most + 1):
        await life.ticks()
        if life.running.done():
            with pytest.raises(GatewayFailed, match="the journal is lost"):
                life.running.result()
            return number
    raise AssertionError(f"it lives after {most} ticks")


async def test_the_safe_value_has_arrived_when_the_process_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await losing(tmp_path, monkeypatch)
    assert await ended_after(life, 8) <= 5, "and nothing is waited for beyond that"
    last = life.plant.driver.executed[-1]
    assert (last.authority, last.value) == ("safe_set", 0.0)


async def test_a_slow_device_is_waited_for_until_the_safe_value_has_arrived(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await losing(tmp_path, monkeypatch, takes_s=9.5)
    assert await ended_after(life, 40) > 9
    last = life.plant.driver.executed[-1]
    assert (last.authority, last.value) == ("safe_set", 0.0)


@pytest.mark.parametrize("answer", [Transmission.NOT_SENT, Transmission.NO_ANSWER])
async def test_a_device_that_refuses_or_is_silent_holds_the_end_up_no_longer_than_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Transmission
) -> None:
    life = await losing(tmp_path, monkeypatch, answer=answer)
    took = await ended_after(life, 60)
    assert took <= BOUND_S + 3
    assert not any(one.authority == "safe_set" for one in life.plant.driver.executed)


async def test_a_driver_that_never_comes_back_holds_the_end_up_no_longer_than_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await losing(tmp_path, monkeypatch, takes_s=1e6)
    took = await ended_after(life, 60)
    assert BOUND_S <= took <= BOUND_S + 3


async def test_a_journal_that_is_not_lost_is_no_reason_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    life = await losing(tmp_path, monkeypatch)
    monkeypatch.undo()
    await life.ticks(10)
    assert not life.running.done()
    life.gateway.stop()
    async with asyncio.timeout(5.0):
        await life.running
