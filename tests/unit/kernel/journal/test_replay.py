"""A replay decides every kept tick again, whatever the gate and the journal did then."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kernel.command import Command
from kernel.journal.encoding import state_of
from kernel.journal.failure import JournalDown
from kernel.journal.recorder import Recording
from kernel.journal.replay import ReplayReport, replay
from kernel.ports import GateRequest
from kernel.testing import FakeGate
from kernel.verdict import Allow, Clamp, Deny, Judgement, Verdict
from tests.unit.kernel.shell.test_kernel import Plant
from tests.unit.kernel.ticking import answering

CLAMP = Clamp(rule="most", reason="most", revision="test", high=20.0)


def clamping(command: Command) -> Verdict:
    return CLAMP if command.value > 20.0 else Allow(revision="test")


@dataclass
class OddGate:
    """Answers each question of a run with the next of its answers, then goes on with the last."""

    answers: list[Any]
    revision: str = "test"

    async def judge(self, request: GateRequest) -> Judgement:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        judged: Judgement = answer(request)
        return judged

    async def close(self) -> None:
        pass


async def replayed(plant: Plant, gate: Any = None) -> ReplayReport:
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    try:
        state = state_of(recording.first_state("r"), {"shaver": int})
        return await replay(plant.pipe, state, recording.ticks("r"), gate=gate)
    finally:
        recording.close()


CLAMPED, ALLOWED = answering(CLAMP), answering(Allow(revision="test"))
DENIED = answering(Deny(rule="no", reason="no", revision="test"))
RUNS = {
    "clamped, then allowed": [CLAMPED, ALLOWED],
    "clamped, then gone": [CLAMPED, lambda request: Judgement(failure="gone")],
    "clamped, then denied": [CLAMPED, DENIED],
    "clamped by a foreign revision": [answering(CLAMP, revision="old")],
    "allowed by a foreign revision": [answering(Allow(revision="test"), revision="old"), ALLOWED],
    "denied": [DENIED],
    "silent": [lambda request: Judgement(revision="test")],
}


@pytest.mark.parametrize("answers", RUNS.values(), ids=RUNS)
async def test_a_run_replays_without_difference_whatever_the_gate_answered(
    tmp_path: Path, answers: list[Any]
) -> None:
    plant = Plant(tmp_path)
    object.__setattr__(plant.kernel.shell, "gate", OddGate(list(answers)))
    for power in (80.0, 95.0, 60.0):
        await plant.run(3, meter=power)
    report = await replayed(plant)
    assert (report.ticks, report.differences) == (9, ())


async def test_a_run_whose_journal_was_down_replays_without_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant = Plant(tmp_path)
    await plant.run(3, meter=80.0)

    def full(*_: object) -> None:
        raise JournalDown("disk full")

    with monkeypatch.context() as broken:
        broken.setattr(plant.journal, "append", full)
        await plant.run(3, meter=95.0)
    await plant.run(3, meter=60.0)
    report = await replayed(plant)
    assert (report.ticks, report.differences) == (9, ())


async def test_policies_that_answer_otherwise_today_are_named(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    await plant.run(3, meter=80.0)
    report = await replayed(plant, FakeGate(answer=clamping))
    assert [difference.what for difference in report.differences] == ["verdicts"]
    assert report.judged == 1


async def test_both_questions_of_a_clamped_tick_are_asked_again(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    object.__setattr__(plant.kernel.shell, "gate", FakeGate(answer=clamping))
    await plant.run(1, meter=80.0)
    report = await replayed(plant, FakeGate(answer=clamping))
    assert (report.judged, report.differences) == (2, ())
