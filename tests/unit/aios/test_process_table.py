"""The process table of a gateway, asked over its socket: ps, top, suspend, resume, restart."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.process_view import top_view
from edge.desk import Desk, Face
from edge.gateway import Gateway
from kernel.instruction import Change
from kernel.schedule.loop import ControlLoop
from kernel.shell.wire import GetProcesses, Processes, ProcessState
from tests.unit.kernel.conftest import Shaver
from tests.unit.kernel.shell.test_kernel import Plant


class Running:
    """A gateway over a plant that answers on a socket."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        loop = ControlLoop(
            name="shaver", agent=Shaver(), period_s=1, deadline_s=1, priority="control", budget_ms=500.0
        )
        self.plant = Plant(folder / "plant", loops=(loop,))
        desk = Desk(Face(site=self.plant.site, version="0", revision="test", rules=()), {})
        self.gateway = Gateway(self.plant.kernel, (self.plant.bus,), desk, folder / "gateway.sock")

    async def row(self) -> ProcessState:
        answer = await self.gateway._respond(GetProcesses())
        assert isinstance(answer, Processes)
        return answer.agents[0]

    async def type(self, *words: str) -> Any:
        """Call `aios` as another process would: in a thread, over the socket."""
        return await asyncio.to_thread(CliRunner().invoke, app, [*words, "--folder", str(self.folder)])


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    made = Running(tmp_path)
    await made.gateway._server.open()
    yield made
    await made.gateway._server.close()
    made.plant.kernel.close()


async def test_the_table_says_how_every_agent_stands(running: Running) -> None:
    await running.plant.run(3, meter=80.0)
    row = await running.row()
    assert (row.agent, row.priority, row.state, row.rung) == ("shaver", "control", "ready", "model")
    assert (row.where, row.pid, row.runs, row.misses, row.restarts) == ("loop", os.getpid(), 3, 0, 0)
    assert row.p50_ms > 0.0
    assert row.cpu_percent > 0.0


async def test_an_agent_is_suspended_resumed_and_restarted_from_the_command_line(running: Running) -> None:
    states = []
    for what in ("suspend", "resume", "restart"):
        done = await running.type(what, "shaver", "--reason", "maintenance", "--person", "m.jansen")
        assert done.exit_code == 0, done.output
        await running.plant.run(1, meter=80.0)
        states.append((await running.row()).state)
    assert states == ["suspended", "ready", "ready"]
    assert (await running.row()).restarts == 1
    kept = [json.loads(e.body) for e in running.plant.journal.entries() if e.kind == "instruction"]
    assert [one["instruction"]["change"] for one in kept] == [*map(str, Change)]
    assert {one["instruction"]["person"] for one in kept} == {"m.jansen"}


async def test_what_cannot_be_done_with_an_agent_is_said_at_once(running: Running) -> None:
    done = await running.type("suspend", "nobody", "--reason", "r")
    assert done.exit_code == 4
    assert "no agent nobody; there are shaver" in done.stderr


async def test_ps_and_top_show_the_table(running: Running) -> None:
    await running.plant.run(2, meter=80.0)
    shown = await running.type("ps")
    assert shown.exit_code == 0
    assert f"loop {os.getpid()}" in shown.output, "whole, whatever the width of the terminal"
    once = await running.type("top", "--once")
    assert "jitter" in once.output
    for command in (("ps", "--json"), ("top", "--json")):
        table = json.loads((await running.type(*command)).stdout)
        assert table["agents"][0]["runs"] == 2


async def test_what_blocked_the_loop_and_why_an_agent_is_degraded_is_shown(running: Running) -> None:
    running.gateway.watch.blocked["field.py:12 read"] = 3
    running.plant.kernel.scheduler.took("shaver", 900_000_000)
    running.plant.kernel.scheduler.turns["shaver"].words = "took 900.0 ms, budget 500 ms"
    await running.plant.run(3, meter=80.0)
    table = await running.gateway._respond(GetProcesses())
    assert isinstance(table, Processes)
    assert table.agents[0].state == "degraded"
    assert table.agents[0].overruns == 1
    told = [str(part) for part in top_view(table).renderables]  # type: ignore[union-attr]
    assert any("took 900.0 ms, budget 500 ms" in line for line in told)
    assert told[-1] == "the loop was blocked 3 times at field.py:12 read"


async def test_nobody_there_is_an_exit_code(tmp_path: Path) -> None:
    for words in (("ps",), ("top", "--once"), ("suspend", "shaver", "--reason", "r")):
        done = await asyncio.to_thread(CliRunner().invoke, app, [*words, "--folder", str(tmp_path)])
        assert done.exit_code == 3
