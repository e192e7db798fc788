"""Foresight saves time and decides nothing: it counts only where the gate said exactly what was foreseen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kernel.journal.chain import verify
from kernel.pipe.tick import Decided, Draft
from kernel.ports import GateRequest
from kernel.shell.foresight import all_permitted
from kernel.shell.kernel import step_buses
from kernel.testing import FakeGate
from kernel.verdict import Allow, Deny, Judgement
from tests.unit.kernel.conftest import METER, S
from tests.unit.kernel.shell.test_kernel import Plant


class SlowGate(FakeGate):
    """Leaves the loop time to look ahead, as a gate in another process does."""

    async def judge(self, request: GateRequest) -> Judgement:
        """Answer after a few turns of the loop."""
        for _ in range(4):
            await asyncio.sleep(0)
        return await super().judge(request)


def a_plant(folder: Path, gate: FakeGate, *, threaded: bool) -> Plant:
    folder.mkdir()
    made = Plant(folder, threaded=threaded)
    made.gate.judge = gate.judge  # type: ignore[method-assign]
    return made


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    made = a_plant(tmp_path / "live", SlowGate(), threaded=True)
    yield made
    made.kernel.close()


def conclusions(plant: Plant) -> list[tuple[Draft, Decided]]:
    """Hear of every conclusion that the pipe is asked for."""
    heard: list[tuple[Draft, Decided]] = []
    conclude = plant.pipe.conclude

    def listen(draft: Draft, judgements: Any, **more: Any) -> Decided:
        decided = conclude(draft, judgements, **more)
        heard.append((draft, decided))
        return decided

    plant.pipe.conclude = listen  # type: ignore[method-assign]
    return heard


async def test_a_permitted_tick_is_concluded_once_while_the_gate_is_asked(plant: Plant) -> None:
    heard = conclusions(plant)
    await plant.run(1, meter=80.0)
    assert [len(decided.outputs.commands) for _, decided in heard] == [1]


async def test_the_words_of_a_foreseen_tick_are_those_of_the_journal(plant: Plant) -> None:
    await plant.run(6, meter=80.0)
    await plant.run(6, meter=95.0)
    assert len(plant.driver.writes) > 1
    assert verify(plant.journal.entries()) == ()


async def test_what_was_foreseen_is_thrown_away_where_the_gate_denies(plant: Plant) -> None:
    no = SlowGate(answer=lambda _: Deny(rule="r", reason="not now", revision="test"))
    plant.gate.judge = no.judge  # type: ignore[method-assign]
    await plant.run(3, meter=80.0)
    assert [c.authority for c in plant.driver.writes] == ["safe_set"]
    assert "refused" in {entry.kind for entry in plant.journal.entries()}
    assert verify(plant.journal.entries()) == ()


async def test_what_was_foreseen_is_thrown_away_where_another_revision_permits(plant: Plant) -> None:
    other = SlowGate(revision="other", answer=lambda _: Allow(revision="other"))
    plant.gate.judge = other.judge  # type: ignore[method-assign]
    await plant.run(3, meter=80.0)
    assert [c.authority for c in plant.driver.writes] == ["safe_set"]


async def test_what_was_foreseen_of_one_draft_is_not_taken_for_another(plant: Plant) -> None:
    plant.driver.values[METER] = 80.0
    await plant.clock.sleep_until(plant.clock.now_ns() + S)
    await step_buses([plant.bus])
    inputs, _ = plant.kernel._gather()
    draft = plant.pipe.draft(plant.kernel.state, inputs)
    assert draft.request is not None
    await plant.kernel._foresight.look(draft)
    other = msgspec.structs.replace(
        draft, candidates=tuple(msgspec.structs.replace(c, value=7.0) for c in draft.candidates)
    )
    permitted = (all_permitted(draft.request, "test"),)
    decided = plant.kernel._foresight.conclude(other, permitted)
    assert [c.value for c in decided.outputs.commands] == [7.0]


async def test_a_live_tick_and_a_virtual_one_decide_the_same_bits(tmp_path: Path) -> None:
    heads = []
    for name, threaded in (("live", True), ("virtual", False)):
        made = a_plant(tmp_path / name, SlowGate(), threaded=threaded)
        for power in (80.0, 95.0, 40.0):
            await made.run(4, meter=power)
        heads.append((made.recorder.digest, made.journal.head))
        made.kernel.close()
    assert heads[0] == heads[1]
