"""Children of a supervisor that do as a test says, and write down what happens to them."""

from __future__ import annotations

import asyncio
from collections import Counter

from kernel.shell.child import Child, ChildSpec, Crashed, Exit, Restart
from tests.unit.kernel.scripted_clock import settle


class Stage:
    """Children that write down what happens to them, and end when a test says so."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.fails: Counter[str] = Counter()
        self.deaf: set[str] = set()
        self.actors: dict[str, Actor] = {}

    def spec(
        self,
        name: str,
        restart: Restart = Restart.PERMANENT,
        *,
        significant: bool = False,
        shutdown_s: float | None = 5.0,
    ) -> ChildSpec:
        def make() -> Child:
            return Actor(self, name)

        return ChildSpec(
            name=name, make=make, restart=restart, significant=significant, shutdown_s=shutdown_s
        )

    async def end(self, name: str, end: Exit) -> None:
        self.actors[name].over.set_result(end)
        await settle(60)

    async def crash(self, name: str) -> None:
        await self.end(name, Crashed("as told"))


class Actor:
    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        self.name = name

    async def start(self) -> None:
        if self.stage.fails[self.name]:
            self.stage.fails[self.name] -= 1
            self.stage.log.append(f"fail {self.name}")
            raise OSError("as told")
        self.over: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self.stage.actors[self.name] = self
        self.stage.log.append(f"start {self.name}")

    async def ended(self) -> Exit:
        return await asyncio.shield(self.over)

    async def stop(self) -> None:
        if self.name in self.stage.deaf:
            await asyncio.get_running_loop().create_future()
        self.stage.log.append(f"stop {self.name}")

    async def kill(self) -> None:
        self.stage.log.append(f"kill {self.name}")


def log_after(stage: Stage) -> list[str]:
    said, stage.log = stage.log, []
    return said
