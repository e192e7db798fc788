"""The kernel around the pipe: journal before write, safe without gate or journal, exact replay."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from kernel.command import Outcome, Receipt
from kernel.journal.chain import verify
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import state_of
from kernel.journal.failure import JournalDown
from kernel.journal.recorder import Recorder, Recording, RunHeader
from kernel.journal.replay import replay
from kernel.pipe.feedback import lost_at_restart, recovered
from kernel.schedule.loop import ControlLoop
from kernel.shell.bus import Bus
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import Kernel, Shell, step_buses
from kernel.shell.worker import InlineWorkers
from kernel.testing import EmptyPast, FakeDriver, FakeGate
from tests.unit.kernel.conftest import BATTERY, METER, S, Shaver, make_pipe, make_site

ALL = [METER, BATTERY, "bat/sequence", "cb/close", "cb/position"]


class Plant:
    """A kernel over one fake device, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        run: str = "r",
        start_ns: int = 1000 * S,
        loops: Sequence[ControlLoop] = (),
        clock: Any = None,
        journal: CommandJournal | None = None,
        **shell: Any,
    ) -> None:
        self.folder, self.site = folder, make_site()
        self.pipe = make_pipe(self.site, run=run)
        self.pipe.loops = tuple(loops) or self.pipe.loops
        self.clock = clock or VirtualClock(start_ns=start_ns)
        self.driver = FakeDriver("all", self.site, ALL, self.clock)
        self.gate = FakeGate()
        self.bus = Bus(self.driver, self.clock)
        self.journal = journal or CommandJournal(folder / "commands.db")
        header = RunHeader(
            run=run, version="0", site="", site_digest="d", revision="test", start_ns=0, clock="v"
        )
        self.recorder = Recorder(folder / "recorder.db", header)
        open_commands = recovered(self.journal.open_commands())
        state = self.pipe.begin(
            EmptyPast(),
            now_ns=start_ns,
            in_flight=open_commands,
            sequences=self.journal.last_sequences(),
            before=self.journal.last_setpoints(),
        )
        self.kernel = Kernel(
            self.pipe, self._shell(**shell), state, reports=lost_at_restart(open_commands, now_ns=start_ns)
        )

    def _shell(self, *, threaded: bool = False, **shell: Any) -> Shell:
        return Shell(
            clock=self.clock,
            gate=self.gate,
            buses=(self.bus,),
            journal=self.journal,
            recorder=self.recorder,
            workers=InlineWorkers({}, EmptyPast(), self.clock),
            threaded=threaded,
            **shell,
        )

    async def run(self, ticks: int, **values: float) -> None:
        names = {"meter": METER, "position": "cb/position"}
        for _ in range(ticks):
            self.driver.values.update({names[k]: v for k, v in values.items()})
            await self.clock.sleep_until(self.clock.now_ns() + S)
            await step_buses([self.bus])
            await self.kernel.tick()

    def receipts(self) -> list[Receipt]:
        import msgspec

        return [
            msgspec.json.decode(e.body, type=Receipt) for e in self.journal.entries() if e.kind == "receipt"
        ]


@pytest.fixture
async def plant(tmp_path: Path) -> AsyncIterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.kernel.close()


async def test_a_command_is_journalled_written_read_back_and_done(plant: Plant) -> None:
    await plant.run(4, meter=80.0)
    assert [c.value for c in plant.driver.writes] == [30.0]
    assert [r.outcome for r in plant.receipts()] == [Outcome.DONE]
    assert verify(plant.journal.entries()) == ()


async def test_nothing_is_written_that_the_journal_could_not_keep(plant: Plant, monkeypatch: Any) -> None:
    def full(*_: object) -> None:
        raise JournalDown("disk full")

    monkeypatch.setattr(plant.journal, "append", full)
    await plant.run(3, meter=80.0)
    assert [(c.authority, c.value) for c in plant.driver.writes] == [("safe_set", 0.0)]


async def test_a_gate_that_raises_is_a_denial(plant: Plant) -> None:
    async def broken(_: object) -> Any:
        raise RuntimeError("panic")

    plant.gate.judge = broken  # type: ignore[method-assign]
    await plant.run(3, meter=80.0)
    assert [(c.authority, c.value) for c in plant.driver.writes] == [("safe_set", 0.0)]


async def test_every_tick_of_a_recording_is_decided_again_without_difference(plant: Plant) -> None:
    for power in (80.0, 80.0, 95.0, 40.0, 70.0):
        await plant.run(3, meter=power)
    plant.gate.failure = "gone"
    await plant.run(3, meter=90.0)
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    state = state_of(recording.first_state("r"), {"shaver": int})
    report = await replay(plant.pipe, state, recording.ticks("r"), gate=FakeGate())
    recording.close()
    assert (report.ticks, report.differences) == (18, ())
    assert report.judged > 3


async def test_a_replay_notices_a_pipe_that_decides_differently(plant: Plant) -> None:
    await plant.run(6, meter=80.0)
    plant.kernel.close()
    recording = Recording(plant.folder / "recorder.db")
    other = make_pipe(plant.site, agent=Shaver(limit_kw=49.0))
    report = await replay(other, state_of(recording.first_state("r"), {"shaver": int}), recording.ticks("r"))
    recording.close()
    assert report.differences


async def test_two_virtual_runs_have_the_same_journal(tmp_path: Path) -> None:
    heads = []
    for name in ("a", "b"):
        plant = Plant(tmp_path / name)
        await plant.run(10, meter=80.0)
        heads.append((plant.journal.head, plant.recorder.digest))
        plant.kernel.close()
    assert heads[0] == heads[1]


async def test_a_set_point_left_open_by_a_kill_is_resolved_by_read_back(tmp_path: Path) -> None:
    before = Plant(tmp_path)
    await before.run(1, meter=80.0)
    before.journal.close()  # killed: journalled and queued, never settled
    after = Plant(tmp_path, run="r2", start_ns=2000 * S)
    after.driver.values[BATTERY] = 30.0
    await after.run(3, meter=80.0)
    assert after.receipts()[0].outcome is Outcome.DONE
    after.kernel.close()
    before.recorder.close()


async def test_a_pulse_left_open_by_a_kill_ends_unknown_and_is_not_sent_again(tmp_path: Path) -> None:
    from kernel.proposal import Priority, Proposal

    before = Plant(tmp_path)
    wish = Proposal(
        agent="person:p",
        point="cb/close",
        priority=Priority.PERSON,
        wanted=1.0,
        reason="r",
        made_at_ns=0,
        expires_at_ns=2**62,
        once=True,
    )
    await before.run(1, meter=0.0)
    before.kernel.inbox.request(wish)
    await before.run(1, meter=0.0)
    assert len(before.journal.open_commands()) == 1
    before.journal.close()
    after = Plant(tmp_path, run="r2", start_ns=2000 * S)
    await after.run(3, meter=0.0)
    pulse = next(c for c in before.kernel.state.in_flight.values() if c.command.point == "cb/close")
    assert [r.outcome for r in after.receipts() if r.command == pulse.command.id] == [Outcome.UNKNOWN]
    assert "cb/close" not in [c.point for c in after.driver.writes]
    after.kernel.close()
    before.recorder.close()


async def test_a_command_has_one_end_state(plant: Plant) -> None:
    await plant.run(4, meter=80.0)
    receipt = plant.receipts()[0]
    from kernel.pipe.tick import Outputs

    with pytest.raises(JournalDown, match="UNIQUE"):
        plant.journal.append(Outputs(tick=9, now_ns=9, receipts=(receipt,)))


@pytest.mark.parametrize("change", ["body", "delete"])
async def test_a_changed_journal_is_found(plant: Plant, change: str) -> None:
    await plant.run(4, meter=80.0)
    db = sqlite3.connect(plant.folder / "commands.db")
    if change == "body":
        db.execute("update entries set body = replace(body, '30', '31') where kind = 'command'")
    else:
        db.execute("delete from entries where seq = 2")
    db.commit()
    db.close()
    assert verify(plant.journal.entries())


async def test_a_command_too_old_for_the_wire_expires(plant: Plant) -> None:
    await plant.run(1, meter=80.0)
    await plant.clock.sleep_until(plant.clock.now_ns() + 60 * S)
    await plant.run(2, meter=80.0)
    assert plant.receipts()[0].outcome is Outcome.EXPIRED
    assert [c.tick for c in plant.driver.writes] != [0]
