"""A task as a supervised child: a coroutine that runs until it ends, raises or is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from kernel.shell.child import Child, ChildSpec, Crashed, Exit, Normal, Restart, Stopped


class TaskChild:
    """One run of a coroutine."""

    def __init__(self, name: str, run: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Describe a task; `run` makes its coroutine."""
        self._name = name
        self._run = run
        self._task: asyncio.Task[object] | None = None

    async def start(self) -> None:
        """Create the task; it first runs when the loop gets to it."""
        self._task = asyncio.get_running_loop().create_task(self._run(), name=self._name)

    async def ended(self) -> Exit:
        """Return how the task ended."""
        if self._task is None:
            return Stopped("never started")
        await asyncio.wait({self._task})
        return exit_of(self._task)

    async def stop(self) -> None:
        """Cancel the task and wait until it has cleaned up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def kill(self) -> None:
        """Cancel once more and leave it: nothing can end a task that does not let itself be cancelled."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.sleep(0)


def exit_of(task: asyncio.Task[object]) -> Exit:
    """Say how a finished task ended."""
    if task.cancelled():
        return Stopped("cancelled")
    error = task.exception()
    if error is None:
        return Normal()
    return Crashed(f"{type(error).__name__}: {error}")


def task(
    name: str,
    run: Callable[[], Coroutine[Any, Any, object]],
    *,
    restart: Restart = Restart.PERMANENT,
    significant: bool = False,
) -> ChildSpec:
    """Describe a task as a child."""

    def make() -> Child:
        return TaskChild(name, run)

    return ChildSpec(name=name, make=make, restart=restart, significant=significant)
