"""The watch over the loop: a real loop, real calls that block it, and the place that is named for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator

import pytest
import structlog

from kernel.shell.loop_watch import ELSEWHERE, PLACES, LoopWatch

LIMIT_S = 0.05


def hold_the_loop(seconds: float = 4 * LIMIT_S) -> None:
    """Compute instead of waiting: a blocking call of the worst kind."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        pass


@pytest.fixture
def watch() -> Iterator[LoopWatch]:
    made = LoopWatch(limit_s=LIMIT_S)
    yield made
    made.stop()


async def test_a_callback_that_blocks_the_loop_is_named_with_its_stack_and_counted(watch: LoopWatch) -> None:
    with structlog.testing.capture_logs() as lines:
        watch.start()
        await asyncio.sleep(0)
        hold_the_loop()
        await asyncio.sleep(LIMIT_S)
        watch.stop()
    ((place, count),) = watch.blocked.items()
    assert count == 1, "once, however long it lasted"
    assert place.startswith("test_loop_watch.py:")
    assert place.endswith(" hold_the_loop")
    assert [line["event"] for line in lines] == ["the loop is blocked"]
    assert "hold_the_loop()" in lines[0]["stack"]


async def test_a_place_is_logged_once_and_counted_every_time() -> None:
    heard: list[str] = []
    watch = LoopWatch(limit_s=LIMIT_S, heard=heard.append)
    with structlog.testing.capture_logs() as lines:
        watch.start()
        for _ in range(3):
            await asyncio.sleep(LIMIT_S)
            time.sleep(4 * LIMIT_S)  # noqa: ASYNC251 - this is what is watched for
        await asyncio.sleep(LIMIT_S)
        watch.stop()
    assert len(heard) == sum(watch.blocked.values()) == 3
    assert len(lines) == len(watch.blocked) == 1


async def test_waiting_blocks_nothing(watch: LoopWatch) -> None:
    watch.start()
    await asyncio.sleep(5 * LIMIT_S)
    assert not watch.blocked


async def test_places_are_bounded(watch: LoopWatch) -> None:
    watch.blocked.update({f"f.py:{line} g": 1 for line in range(PLACES)})
    watch.start()
    await asyncio.sleep(0)
    hold_the_loop()
    await asyncio.sleep(LIMIT_S)
    watch.stop()
    assert len(watch.blocked) == PLACES + 1
    assert watch.blocked[ELSEWHERE] == 1


async def test_a_watch_that_has_stopped_leaves_no_thread_behind(watch: LoopWatch) -> None:
    watch.start()
    watch.stop()
    hold_the_loop()
    assert not watch.blocked
