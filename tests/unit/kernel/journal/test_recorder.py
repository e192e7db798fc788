"""The ring keeps a start for its replay, and a reader refuses what it does not know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from aios.replay.again import NothingRecorded, replay_run
from kernel.journal.block_bytes import BlockBytes
from kernel.journal.encoding import TickRecord, state_of, state_record
from kernel.journal.recorder import BATCH, Recorder, Recording, RunHeader, weight
from kernel.journal.replay import replay
from kernel.pipe.format import FORMAT
from kernel.pipe.pipe import Pipe
from kernel.testing import FakeGate
from tests.unit.kernel.conftest import make_pipe, make_site
from tests.unit.kernel.journal.recording import recorded_ticks

HEADER = RunHeader(run="r", version="0", site="", site_digest="d", revision="test", start_ns=0, clock="v")


@contextmanager
def reading(path: Path) -> Iterator[Recording]:
    recording = Recording(path)
    try:
        yield recording
    finally:
        recording.close()


@pytest.fixture
def pipe() -> Pipe:
    return make_pipe(make_site())


@pytest.fixture
def ring(tmp_path: Path, pipe: Pipe) -> Path:
    """200 ticks in a ring of 60, with a snapshot every 50."""
    recorder = Recorder(tmp_path / "journal" / "recorder.db", HEADER, keep_ticks=60)
    first, ticks = recorded_ticks(pipe, 200)
    recorder.snapshot(state_record(first))
    for record, state in ticks:
        if recorder.add(record):
            recorder.flush()
        if record.tick % 50 == 49:
            recorder.snapshot(state_record(state))
    recorder.close()
    return tmp_path / "journal" / "recorder.db"


def test_a_batch_is_due_when_it_is_full(tmp_path: Path, pipe: Pipe) -> None:
    recorder = Recorder(tmp_path / "recorder.db", HEADER)
    _, ticks = recorded_ticks(pipe, BATCH)
    assert [recorder.add(record) for record, _ in ticks].index(True) == BATCH - 1
    recorder.close()


def heavy(record: TickRecord, *, points: int) -> TickRecord:
    """A tick in which so many points were read."""
    block = BlockBytes(bytes(4 * points), bytes(8 * points), bytes(2 * points), *[bytes(8 * points)] * 2)
    made = msgspec.structs.replace(record, blocks=(block,))
    assert weight(made) == sum(map(len, msgspec.structs.astuple(block)))
    return made


def test_a_batch_of_a_large_site_is_due_when_its_measurements_fill_it(tmp_path: Path, pipe: Pipe) -> None:
    recorder = Recorder(tmp_path / "recorder.db", HEADER)
    _, ticks = recorded_ticks(pipe, 10)
    assert [recorder.add(heavy(one, points=20_000)) for one, _ in ticks].index(True) == 3
    recorder.flush()
    assert not recorder.add(heavy(ticks[0][0], points=20_000))
    recorder.close()


def test_a_disk_that_hangs_does_not_fill_the_memory(tmp_path: Path, pipe: Pipe) -> None:
    recorder = Recorder(tmp_path / "recorder.db", HEADER)
    _, ((record, _),) = recorded_ticks(pipe, 1)
    for _ in range(10):
        recorder.add(heavy(record, points=500_000))
    assert (recorder.waiting, recorder.dropped) == (4, 6)
    recorder.close()


def test_the_ring_drops_its_oldest_stretches_and_keeps_enough(ring: Path) -> None:
    with reading(ring) as recording:
        kept = [record.tick for record in recording.ticks("r")]
        start = recording.first_state("r").tick
    assert kept[-1] == 199
    assert 139 - 50 <= start <= 139
    assert kept == list(range(kept[0], 200))
    assert kept[0] <= start + 1


async def test_what_is_left_of_the_ring_replays_from_its_start_without_difference(
    ring: Path, pipe: Pipe
) -> None:
    with reading(ring) as recording:
        first = recording.first_state("r")
        report = await replay(pipe, state_of(first, {"shaver": int}), recording.ticks("r"), gate=FakeGate())
    assert report.differences == ()
    assert report.ticks == 199 - first.tick


async def test_a_gap_in_a_recording_is_reported_and_ends_the_replay(ring: Path, pipe: Pipe) -> None:
    with reading(ring) as recording:
        first = recording.first_state("r")
        state = state_of(first, {"shaver": int})
        holed = [r for r in recording.ticks("r") if not first.tick + 10 <= r.tick < first.tick + 13]
    report = await replay(pipe, state, holed)
    (gap,) = report.differences
    assert (gap.what, gap.tick, report.ticks) == ("gap", first.tick + 13, 9)
    assert f"ticks {first.tick + 10} to {first.tick + 12}" in gap.detail


async def test_a_tick_that_is_missing_at_the_start_is_a_gap(ring: Path, pipe: Pipe) -> None:
    with reading(ring) as recording:
        state = state_of(recording.first_state("r"), {"shaver": int})
        later = msgspec.structs.replace(state, tick=state.tick - 5)
        report = await replay(pipe, later, (r for r in recording.ticks("r") if r.tick > state.tick))
    assert [d.what for d in report.differences] == ["gap"]


async def test_a_recording_of_another_format_is_refused(tmp_path: Path) -> None:
    header = msgspec.structs.replace(HEADER, format=FORMAT + 1)
    Recorder(tmp_path / "journal" / "recorder.db", header).close()
    with pytest.raises(NothingRecorded, match=f"format {FORMAT + 1}, this version reads 1 to {FORMAT}"):
        await replay_run(tmp_path)


def test_a_run_without_a_snapshot_cannot_begin(tmp_path: Path) -> None:
    Recorder(tmp_path / "recorder.db", HEADER).close()
    with reading(tmp_path / "recorder.db") as recording:
        assert recording.runs() == (HEADER,)
        with pytest.raises(LookupError, match="r has no snapshot"):
            recording.first_state("r")


def test_there_is_no_recording_where_nothing_was_recorded(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no recording"):
        Recording(tmp_path / "none.db")


def test_the_digest_of_a_run_hangs_on_every_tick(tmp_path: Path, pipe: Pipe) -> None:
    _, ticks = recorded_ticks(pipe, 10)
    records = [record for record, _ in ticks]
    digests = set()
    for place in range(10):
        recorder = Recorder(tmp_path / f"{place}.db", HEADER)
        for record in [
            *records[:place],
            msgspec.structs.replace(records[place], digest=b"x"),
            *records[place + 1 :],
        ]:
            recorder.add(record)
        digests.add(recorder.digest)
        recorder.close()
    assert len(digests) == 10


def test_the_ring_is_as_long_over_all_runs_and_drops_the_oldest(tmp_path: Path, pipe: Pipe) -> None:
    path = tmp_path / "recorder.db"
    first, ticks = recorded_ticks(pipe, 50)
    for run in ("a", "b", "c", "d"):
        recorder = Recorder(path, msgspec.structs.replace(HEADER, run=run), keep_ticks=120)
        recorder.snapshot(state_record(first))
        for record, _ in ticks:
            recorder.add(record)
        recorder.close()
    with reading(path) as recording:
        assert [header.run for header in recording.runs()] == ["b", "c", "d"]
        assert list(recording.ticks("a")) == []
        assert len(list(recording.ticks("b"))) == 50
        with pytest.raises(LookupError):
            recording.first_state("a")
