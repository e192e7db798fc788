"""A hold pins what was recorded of its span, and lets go of that alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from aios.audit.holding import pin_span, standing, unpin
from aios.folder import Folder
from kernel.instruction import Instructed, LegalHold
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import TickRecord
from kernel.journal.pins import Pin, pin, pins
from kernel.journal.recorder import Recorder
from tests.unit.kernel.journal.test_recorder import HEADER


def record(tick: int, now_ns: int) -> TickRecord:
    return TickRecord(
        tick=tick, now_ns=now_ns, blocks=(), steps=(), sent=(), requests=(), wall_ns=0, judgements=(),
        journal_failure="", digest=b"",
    )  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two runs of ten ticks."""
    for number, run in enumerate(("first", "second")):
        recorder = Recorder(Folder(root=tmp_path).recorder, msgspec.structs.replace(HEADER, run=run))
        for tick in range(10):
            recorder.add(record(tick, now_ns=number * 1000 + tick))
        recorder.close()
    return tmp_path


def pinned(root: Path) -> list[tuple[str, int, int]]:
    with closing(sqlite3.connect(Folder(root=root).recorder)) as db:
        return [(one.run, one.first, one.last) for one in pins(db)]


def test_every_run_of_a_span_is_pinned_and_one_that_goes_on_without_end(root: Path) -> None:
    assert pin_span(root, "case-7", 5, 0, reason="court") == 2
    assert pinned(root) == [("first", 5, 9), ("second", 0, 2**62)]


def test_a_span_that_is_over_pins_no_more_than_itself(root: Path) -> None:
    assert pin_span(root, "case-7", 3, 6, reason="court") == 1
    assert pinned(root) == [("first", 3, 5)]


def test_what_is_let_go_is_that_hold_alone(root: Path) -> None:
    pin_span(root, "case-7", 3, 6, reason="court")
    pin_span(root, "case-8", 3, 6, reason="court")
    with closing(sqlite3.connect(Folder(root=root).recorder)) as db, db:
        pin(db, Pin(id=0, run="first", first=1, last=2, automatic=False, title="mine", reason="", at_ns=0))
    unpin(root, "case-7")
    assert len(pinned(root)) == 2


def test_a_gateway_that_records_nothing_has_nothing_to_pin(tmp_path: Path) -> None:
    assert pin_span(tmp_path, "case-7", 0, 0, reason="court") == 0
    unpin(tmp_path, "case-7")


def test_the_holds_that_stand_are_read_from_the_journal(tmp_path: Path) -> None:
    told = LegalHold(key="k", person="mara", reason="court", name="case-7", from_ns=1)
    with closing(CommandJournal(Folder(root=tmp_path).commands, durable=False)) as journal:
        journal.note("instruction", "case-7", Instructed(instruction=told), at_ns=2)
    assert [(one.hold.name, one.seq) for one in standing(tmp_path)] == [("case-7", 1)]
