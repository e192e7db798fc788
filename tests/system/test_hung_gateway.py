"""A gateway whose event loop hangs is noticed by its ticks, made safe, and replaced."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.watched.hang import hang

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]


async def test_a_hung_gateway_is_safe_and_replaced_within_five_seconds(tmp_path: Path) -> None:
    hung = await hang(tmp_path)
    assert hung.killed_s is not None
    assert hung.exits == [-6]
    assert hung.safe_s is not None
    assert hung.safe_s <= 5.0
    assert hung.ready_s is not None
    assert hung.ready_s <= 5.0, hung


async def test_a_watchdog_that_a_timer_feeds_would_not_notice(tmp_path: Path) -> None:
    hung = await hang(tmp_path, ("tests.system.watched.timer_fed",), within_s=8.0)
    assert (hung.killed_s, hung.ready_s) == (None, None)
