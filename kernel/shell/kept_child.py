"""The children of a supervisor as they stand: for itself, and for those who look at the tree."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from kernel.point import NANOSECONDS
from kernel.shell.child import Child, ChildSpec, Exit
from kernel.shell.wire import Branch, Leaf

if TYPE_CHECKING:
    from kernel.shell.supervisor import Supervisor


class KeptChild:
    """What a supervisor remembers of one child."""

    __slots__ = ("begun_ns", "child", "life", "restarts", "spec", "watcher", "why")

    def __init__(self, spec: ChildSpec) -> None:
        """Remember a child that has not been started."""
        self.spec = spec
        self.child: Child | None = None
        self.watcher: asyncio.Task[None] | None = None
        self.life = 0
        """Counts starts and ends, so that the end of an earlier life is never taken for this one's."""
        self.restarts = 0
        self.begun_ns = 0
        self.why = ""

    def begin(self, child: Child, now_ns: int) -> None:
        """Note a life that began."""
        self.child, self.begun_ns = child, now_ns
        self.life += 1

    def forget(self, end: Exit) -> None:
        """Note the end of a life."""
        self.unwatch()
        self.why = end.why
        self.child = None

    def unwatch(self) -> None:
        """Look away: how this life ends is no news from here on."""
        self.life += 1
        if self.watcher is not None:
            self.watcher.cancel()
            self.watcher = None

    def leaf(self, now_ns: int) -> Leaf:
        """Return the child as people see it."""
        runs = self.child is not None
        return Leaf(
            name=self.spec.name,
            state="running" if runs else "ended" if self.why else "starting",
            restart=self.spec.restart.value,
            restarts=self.restarts + int(getattr(self.child, "restarts", 0)),
            uptime_s=(now_ns - self.begun_ns) / NANOSECONDS if runs else 0.0,
            why=self.why,
            pid=int(getattr(self.child, "pid", 0) or 0),
            family=_family(self.child),
        )


def _family(child: Child | Supervisor | None) -> Branch | None:
    tree: Any = getattr(child, "tree", None)
    return tree() if callable(tree) else None


async def first_of(work: Awaitable[None], timer: Awaitable[None]) -> bool:
    """Return True when the work ends before the timer does; else it is left and False is returned."""
    working, waiting = asyncio.ensure_future(work), asyncio.ensure_future(timer)
    try:
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        return working.done()
    finally:
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)
