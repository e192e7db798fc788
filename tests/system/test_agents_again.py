"""Agents of worker processes give the same again, to the bit, on one machine; what differs is measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.replay.agents_again import agents_again
from aios.replay.source import opened
from benchmarks.replay_days import GOLDEN

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("lived")
    result = runner.invoke(app, ["simulate", "nord", "--hours", "1", "--seed", "7", "--folder", str(root)])
    assert result.exit_code == 0, result.output
    return root / "seed-7"


def test_every_step_of_every_worker_is_the_same_to_the_bit(folder: Path) -> None:
    result = runner.invoke(app, ["replay", "--agents", "--folder", str(folder), "--json"])
    assert result.exit_code == 0, result.output
    found = {one["agent"]: one for one in json.loads(result.stdout)}
    assert found["health"]["steps"] >= 50
    assert found["forecast"]["steps"] >= 3
    assert all(one["exact"] == one["steps"] for one in found.values())


async def test_a_result_that_was_not_given_so_is_found_and_measured(folder: Path) -> None:
    with opened(folder, "") as source:
        records = list(source.ticks)
        again = _rebuilt(source)
        past = source._past()
    at = next(n for n, record in enumerate(records) if any(s.calculated for s in record.steps))
    (step, *others) = records[at].steps
    (one, *rest) = step.calculated
    nudged = msgspec.structs.replace(one, value=one.value * (1 + 1e-12))
    forged = msgspec.structs.replace(step, calculated=(nudged, *rest))
    records[at] = msgspec.structs.replace(records[at], steps=(forged, *others))
    found = await agents_again(again.pipe, again.state, records, past=past)
    touched = next(one for one in found if one.agent == step.agent)
    assert (touched.near, touched.other, touched.first_tick) == (1, 0, records[at].tick)
    assert touched.worst_ulp > 1


def _rebuilt(source: Any) -> Any:
    from aios.replay.again import rebuilt

    return rebuilt(source.header, source.state)


def test_a_run_without_its_history_is_not_judged(tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir()
    for name in ("recorder.db", "commands.db"):
        shutil.copy(GOLDEN / "v0_1_0" / name, tmp_path / "journal")
    pinned = runner.invoke(app, ["incident", "pin", "--last", "10m", "--folder", str(tmp_path)])
    assert pinned.exit_code == 0, pinned.output
    target = tmp_path / "some.aios-incident"
    runner.invoke(app, ["incident", "export", "1", str(target), "--folder", str(tmp_path)])
    result = runner.invoke(app, ["replay", "--agents", str(target)])
    assert (result.exit_code, "without history" in result.output) == (3, True)
