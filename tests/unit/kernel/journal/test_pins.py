"""The ring never cuts what is pinned; events pin themselves, and the oldest of those give way."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kernel.journal import pins as room
from kernel.journal.encoding import state_of, state_record
from kernel.journal.pins import AFTER, BEFORE, MOST, Pin, pin, pin_event, pins, worth_pinning
from kernel.journal.recorder import Recorder, Recording
from kernel.journal.replay import replay
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import Rung
from kernel.pipe.tick import Outputs, RungChange
from kernel.verdict import Judgement
from tests.unit.kernel.conftest import make_pipe, make_site
from tests.unit.kernel.journal.recording import recorded_ticks
from tests.unit.kernel.journal.test_recorder import HEADER
from tests.unit.kernel.journal.test_replay import OddGate
from tests.unit.kernel.shell.test_kernel import Plant


@pytest.fixture
def pipe() -> Pipe:
    return make_pipe(make_site())


def lived(path: Path, pipe: Pipe, ticks: int, *, pinned: tuple[int, int] | None) -> None:
    """Record ticks with a state every 20, in a ring of 40."""
    recorder = Recorder(path, HEADER, keep_ticks=40)
    first, kept = recorded_ticks(pipe, ticks)
    recorder.snapshot(state_record(first))
    for number, (record, state) in enumerate(kept):
        recorder.add(record)
        if number % 5 == 4:
            recorder.flush()
        if number % 20 == 19:
            recorder.snapshot(state_record(state))
        if pinned is not None and number == pinned[1]:
            recorder.flush()
            db = sqlite3.connect(path, isolation_level=None)
            pin(db, a_pin(*pinned))
            db.close()
    recorder.close()


def a_pin(first: int, last: int) -> Pin:
    return Pin(id=0, run="r", first=first, last=last, automatic=False, title="t", reason="", at_ns=0)


def ticks(path: Path) -> list[int]:
    recording = Recording(path)
    found = [record.tick for record in recording.ticks("r")]
    recording.close()
    return found


def test_the_ring_cuts_around_what_is_pinned(tmp_path: Path, pipe: Pipe) -> None:
    lived(tmp_path / "plain.db", pipe, 200, pinned=None)
    lived(tmp_path / "pinned.db", pipe, 200, pinned=(50, 55))
    plain, kept = ticks(tmp_path / "plain.db"), ticks(tmp_path / "pinned.db")
    assert min(plain) >= 140
    assert sorted(set(kept) - set(plain)) == list(range(40, 56))


async def test_a_pinned_stretch_and_the_newest_are_both_decided_again(tmp_path: Path, pipe: Pipe) -> None:
    path = tmp_path / "recorder.db"
    lived(path, pipe, 200, pinned=(50, 55))
    recording = Recording(path)
    newest = recording.first_state("r")
    assert newest.tick >= 139, "the hole before it is the ring's"
    report = await replay(pipe, state_of(newest, {"shaver": int}), recording.ticks("r"))
    assert (report.differences, report.last_tick) == ((), 199)
    old = state_of(recording.state_before("r", 50), {"shaver": int})
    stretch = [record for record in recording.ticks("r") if record.tick <= 55]
    report = await replay(pipe, old, stretch)
    assert (report.differences, report.last_tick) == ((), 55)
    recording.close()


def test_a_run_that_holds_a_pin_is_not_dropped_as_a_whole(tmp_path: Path, pipe: Pipe) -> None:
    path = tmp_path / "recorder.db"
    lived(path, pipe, 100, pinned=(70, 75))
    other = type(HEADER)(**{**{n: getattr(HEADER, n) for n in HEADER.__struct_fields__}, "run": "next"})
    recorder = Recorder(path, other, keep_ticks=40)
    _, kept = recorded_ticks(pipe, 100)
    for record, _ in kept:
        recorder.add(record)
    recorder.snapshot(state_record(kept[-1][1]))
    recorder.close()
    assert 70 in ticks(path)
    assert 99 not in ticks(path)


@pytest.mark.parametrize(
    ("outputs", "why"),
    [
        (Outputs(tick=0, now_ns=0), ""),
        (Outputs(tick=0, now_ns=0, gate_failure=""), ""),
        (Outputs(tick=0, now_ns=0, gate_failure="gone"), "gate failed: gone"),
        (Outputs(tick=0, now_ns=0, journal_failure="full"), "journal failed: full"),
        (
            Outputs(
                tick=0,
                now_ns=0,
                rungs=(RungChange(agent="a", before="model", now=Rung(rung="safe", why="w", since_ns=0)),),
            ),
            "a stands on safe: w",
        ),
        (
            Outputs(
                tick=0,
                now_ns=0,
                rungs=(RungChange(agent="a", before="model", now=Rung(rung="rule", why="w", since_ns=0)),),
            ),
            "",
        ),
    ],
)
def test_events_that_somebody_will_ask_about_are_worth_pinning(outputs: Outputs, why: str) -> None:
    assert worth_pinning(outputs) == why


@pytest.fixture
def db(tmp_path: Path) -> sqlite3.Connection:
    recorder = Recorder(tmp_path / "recorder.db", HEADER)
    recorder.close()
    return sqlite3.connect(tmp_path / "recorder.db", isolation_level=None)


def test_an_event_pins_what_was_before_and_after_and_the_next_makes_it_longer(db: sqlite3.Connection) -> None:
    pin_event(db, "r", 1000, 5, "gate failed: a")
    pin_event(db, "r", 1100, 6, "gate failed: b")
    (one,) = pins(db)
    assert (one.first, one.last, one.automatic) == (1000 - BEFORE, 1100 + AFTER, True)
    db.close()


def test_the_oldest_automatic_pin_gives_way_and_what_a_person_pinned_never(db: sqlite3.Connection) -> None:
    pin(db, a_pin(0, 5))
    for number in range(MOST + 4):
        pin_event(db, "r", 10_000 * number, 0, "gate failed")
    kept = pins(db)
    assert [one.automatic for one in kept] == [False] + [True] * MOST
    assert kept[1].first == 10_000 * 4 - BEFORE
    db.close()


def test_automatic_pins_are_bounded_in_bytes(db: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_BYTES", 1000)
    for number in range(4):
        tick = 10_000 * number
        row = (tick, tick, bytes(600))
        db.execute("insert into batches (run, first, last, body) values ('r', ?, ?, ?)", row)
        pin_event(db, "r", tick, 0, "gate failed")
    assert [one.first for one in pins(db)] == [30_000 - BEFORE]
    db.close()


async def test_a_gate_that_fails_in_a_running_kernel_pins_itself(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    object.__setattr__(plant.kernel.shell, "gate", OddGate([lambda _: Judgement(failure="gone")]))
    await plant.run(3, meter=80.0)
    plant.kernel.close()
    db = sqlite3.connect(tmp_path / "recorder.db")
    assert "gate failed: gone" in [one.reason for one in pins(db)]
    db.close()
