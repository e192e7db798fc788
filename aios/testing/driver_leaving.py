"""Rules of company: what a driver says in the log, and what it leaves behind."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from aios.testing.driver_rule import Rule
from aios.testing.driver_scene import PAUSE_S, SETTLE_S, Broken, Scene

_LOOKS: Final = 3


class _Kept(logging.Handler):
    """Keeps the lines of the standard library's log."""

    def __init__(self) -> None:
        super().__init__(level=logging.INFO)
        self.lines: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "asyncio":
            self.lines.append((record.levelno, record.getMessage()))


@contextmanager
def logged() -> Iterator[list[tuple[int, str]]]:
    """Collect what is logged meanwhile, by structlog or the standard library: level and text."""
    kept, root = _Kept(), logging.getLogger()
    level, lines = root.level, kept.lines
    root.addHandler(kept)
    root.setLevel(logging.INFO)
    try:
        with structlog.testing.capture_logs() as structured:
            yield lines
    finally:
        root.removeHandler(kept)
        root.setLevel(level)
        levels = logging.getLevelNamesMapping()
        lines.extend(
            (levels.get(str(line["log_level"]).upper(), 0), str(line.get("event"))) for line in structured
        )


async def _logs_once(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    with logged() as gone:
        await scene.vanish()
        for _ in range(_LOOKS):
            await scene.read()
            await scene.pause(PAUSE_S)
    with logged() as back:
        await scene.appear()
        for _ in range(_LOOKS):
            await scene.good()
    lost = [text for level, text in gone if level >= logging.WARNING]
    returned = [text for level, text in back if level >= logging.INFO]
    if len(lost) != 1:
        raise Broken(f"{len(lost)} warnings in {_LOOKS} readings of a device that went away: {lost}")
    if len(returned) != 1:
        raise Broken(f"{len(returned)} lines when it came back: {returned}")
    return f"{lost[0]!r} once when it went, {returned[0]!r} once when it came back"


async def _can_be_closed(scene: Scene) -> str:
    await scene.open()
    await scene.good()
    await scene.driver.close()
    await scene.driver.close()
    return "closed twice"


async def _leaves_nothing_behind(scene: Scene) -> str:
    before = asyncio.all_tasks()
    await scene.open()
    await scene.good()
    await scene.vanish()
    await scene.read()
    await scene.appear()
    await scene.good()
    await scene.driver.close()
    loop = asyncio.get_running_loop()
    end_s = loop.time() + SETTLE_S
    while left := _left(scene, before):
        if loop.time() > end_s:
            raise Broken(f"after close there is still {left}")
        await asyncio.sleep(PAUSE_S)
    return "after close no connection and no task"


def _left(scene: Scene, before: set[asyncio.Task[object]]) -> str:
    """Say what a closed driver has left; empty where nothing."""
    if scene.bench.address is not None and (count := scene.wire.statistics()["open"]):
        return f"{count} open connection(s)"
    tasks = [task.get_name() for task in asyncio.all_tasks() - before if not task.done()]
    return f"the task(s) {', '.join(tasks)}" if tasks else ""


RULES: Final = (
    Rule(
        name="logs_once",
        claim="one warning when the device goes away, one line when it is back",
        do="Remember that it is away; log the change, not every failed reading",
        needs=("away",),
        check=_logs_once,
    ),
    Rule(
        name="can_be_closed",
        claim="it can be closed, and closed again",
        do="Let `close` return where there is nothing to let go of",
        check=_can_be_closed,
    ),
    Rule(
        name="leaves_nothing_behind",
        claim="a closed driver leaves no connection and no task",
        do="Close the connection and end every task in `close`, also after a time-out",
        needs=("away",),
        check=_leaves_nothing_behind,
    ),
)
