"""A gateway whose disk confirms nothing ends visibly, writes nothing but its safe set, and is replaced."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from aios.cli.exits import Exit
from aios.folder import Folder
from tests.reliability.watched.hanging import WANTED_KW
from tests.reliability.watched.lost_disk import SWITCH
from tests.reliability.watched.plant import stands, watched

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
        await unit.until("READY", after=begin, within_s=30.0)
        assert unit.exits == [int(Exit.FAILED)]
        assert unit.kills == [], "it ended by itself, before any watchdog"
        assert await stands(inverter, WANTED_KW, 20.0)
        assert {one.value for one in list(inverter.journal)[written:]} <= {0.0, WANTED_KW}
    log = (tmp_path / "log").read_text()
    assert "the journal is lost" in log
