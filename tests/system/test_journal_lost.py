"""A gateway whose disk confirms nothing ends visibly, writes nothing but its safe set, and is replaced."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from aios.cli.exits import Exit
from aios.folder import Folder
from tests.reliability.watched.hanging import WANTED_KW
from tests.reliability.watched.lost_disk import STALL, SWITCH
from tests.reliability.watched.plant import TICK_S, stands, stretch, watched

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]


async def test_a_lost_journal_ends_the_process_and_the_next_one_controls(
    tmp_path: Path,
) -> None:
    lossy = ("tests.reliability.watched.lost_disk",)
    async with watched(tmp_path, lossy, reversion_s=6.0) as (unit, inverter, _):
        await unit.until("READY", within_s=60.0)
        assert await stands(inverter, WANTED_KW, 20.0)
        written, begin = len(inverter.journal), time.monotonic()
        (Folder(root=tmp_path / "gateway").commands.parent / SWITCH).touch()
        while not unit.exits:  # noqa: ASYNC110 - another process is waited for
            await asyncio.sleep(0.005)
        at_exit = [one.value for one in inverter.journal][-1:]
        await unit.until("READY", after=begin, within_s=30.0)
        assert unit.exits == [int(Exit.FAILED)]
        assert unit.kills == [], "it ended by itself, before any watchdog"
        assert await stands(inverter, WANTED_KW, 20.0)
        assert {one.value for one in list(inverter.journal)[written:]} <= {0.0, WANTED_KW}
    assert at_exit == [0.0], "the safe value had arrived when the process ended"
    log = (tmp_path / "log").read_text()
    assert "the journal is lost" in log


async def test_a_dead_device_does_not_hold_the_end_up_for_longer_than_its_time_outs_say(
    tmp_path: Path,
) -> None:
    lossy = ("tests.reliability.watched.lost_disk",)
    async with watched(tmp_path, lossy, reversion_s=6.0) as (unit, inverter, _):
        await unit.until("READY", within_s=60.0)
        assert await stands(inverter, WANTED_KW, 20.0)
        assert unit.field is not None
        written, begin = len(inverter.journal), time.monotonic()
        disk = Folder(root=tmp_path / "gateway").commands.parent
        (disk / STALL).touch()
        (disk / SWITCH).touch()
        async with asyncio.timeout(90.0):
            while (disk / SWITCH).exists():  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.005)
            await unit.field.silence("inverter")  # when it was there to be commanded: what is away is not
            (disk / STALL).unlink()
            while not unit.exits:  # noqa: ASYNC110 - another process is waited for
                await asyncio.sleep(0.005)
        took_s = time.monotonic() - begin
    assert unit.exits == [int(Exit.FAILED)]
    assert unit.kills == [], "it ended by itself, before any watchdog"
    assert took_s < RENEW_S + BOUND_S + STOP_S * stretch(), took_s
    assert 0.0 not in [one.value for one in list(inverter.journal)[written:]], "the device was silent"
    log = (tmp_path / "log").read_text()
    assert "the journal is lost" in log
    assert '"authority": "safe_set"' in log, "its safe value was on the way to it"


RENEW_S, STOP_S = 2.0, 3.0
"""Until a command is journalled again, and until everything has stopped."""
BOUND_S = 2 * (2 * 1.0 * (1 + 1)) + 0.2 + 3 * TICK_S
"""One writable point on a device whose time-out is 1 s, a feedback time of 0.2 s, and three base ticks."""
