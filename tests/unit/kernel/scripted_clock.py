"""A clock whose time moves when a test moves it: whoever sleeps waits for the test."""

from __future__ import annotations

import asyncio


class ScriptedClock:
    """Operational time by hand."""

    factor = 1.0

    def __init__(self, now_ns: int = 0) -> None:
        self._now_ns = now_ns
        self._sleepers: list[tuple[int, asyncio.Future[None]]] = []

    def now_ns(self) -> int:
        return self._now_ns

    def wall_ns(self) -> int:
        return self._now_ns

    def state(self) -> str:
        return "virtual"

    def due_ns(self) -> list[int]:
        """When those who sleep want to be woken."""
        return sorted(at_ns for at_ns, future in self._sleepers if not future.done())

    async def sleep_until(self, at_ns: int) -> None:
        while self._now_ns < at_ns:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._sleepers.append((at_ns, future))
            await future

    async def advance(self, to_ns: int) -> None:
        """Let time pass, and let everybody who was waiting do what follows."""
        self._now_ns = to_ns
        for at_ns, future in self._sleepers:
            if at_ns <= to_ns and not future.done():
                future.set_result(None)
        await settle()


async def settle(rounds: int = 20) -> None:
    """Let all tasks run until they wait again."""
    for _ in range(rounds):
        await asyncio.sleep(0)
