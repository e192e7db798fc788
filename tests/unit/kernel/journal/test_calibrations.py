"""What calibrates an agent survives a restart exactly, and not the agent's replacement by another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from kernel.confidence import LEVELS, Calibration, Expectation, Hindsight
from kernel.journal.calibrations import KINDS, calibrations_left
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import StateRecord, state_of, state_record
from kernel.pipe.calibrating import WINDOW, learnt
from kernel.pipe.tick import Outputs
from tests.unit.kernel.conftest import METER
from tests.unit.kernel.pipe.test_expecting import betting, ticked

MAKERS = {"shaver": "peak_shaving, aios-grid 0.2"}
OPENED = {"agents": MAKERS}


def left(journal: CommandJournal, makers: dict[str, str]) -> dict[str, Calibration]:
    return calibrations_left(journal.of_kinds(KINDS, after=0, most=10_000), makers)


def hindsights(count: int) -> Iterator[tuple[Hindsight, Calibration]]:
    known = Calibration()
    for number in range(count):
        confidence, came_true = (number % 10) / 10.0, number % 7 > 0
        known = learnt(known, confidence, came_true=came_true)
        told = Hindsight(
            agent="shaver",
            point="bat/setpoint",
            confidence=confidence,
            expects=Expectation(point=METER, high=1.0, due_ns=number),
            seen=0.5,
            came_true=came_true,
            at_ns=number,
            budgets=known.budgets,
        )
        yield told, known


@pytest.fixture
def journal(tmp_path: Path) -> CommandJournal:
    journal = CommandJournal(tmp_path / "commands.db", durable=False)
    journal.note("opened", "r1", OPENED, at_ns=0)
    return journal


def test_a_restart_goes_on_with_exactly_what_was_known(journal: CommandJournal) -> None:
    known = Calibration()
    for number, (told, after) in enumerate(hindsights(WINDOW + 20)):
        journal.append(Outputs(tick=number, now_ns=number, hindsights=(told,)))
        known = after
    assert left(journal, MAKERS) == {"shaver": known}
    assert known.budgets != LEVELS


def test_the_next_run_says_it_again_and_goes_on_from_there(journal: CommandJournal) -> None:
    said = list(hindsights(6))
    journal.note("calibration", "shaver", said[3][1], at_ns=9)
    for told, _ in said[4:]:
        journal.append(Outputs(tick=told.at_ns, now_ns=told.at_ns, hindsights=(told,)))
    assert left(journal, MAKERS) == {"shaver": said[-1][1]}


@pytest.mark.parametrize("later", [{"shaver": "peak_shaving, aios-grid 0.3"}, {"other": MAKERS["shaver"]}])
def test_another_maker_begins_anew(journal: CommandJournal, later: dict[str, str]) -> None:
    for told, _ in hindsights(3):
        journal.append(Outputs(tick=told.at_ns, now_ns=told.at_ns, hindsights=(told,)))
    assert left(journal, later) == {}
    journal.note("opened", "r2", {"agents": later}, at_ns=10)
    journal.note("opened", "r3", OPENED, at_ns=11)
    assert (left(journal, MAKERS) == {}) == ("shaver" in later)


def test_a_journal_that_knows_nothing_of_calibrations_is_read(tmp_path: Path) -> None:
    journal = CommandJournal(tmp_path / "old.db", durable=False)
    journal.note("opened", "r1", {}, at_ns=0)
    assert left(journal, MAKERS) == {}


def test_a_snapshot_keeps_what_is_expected_and_what_is_known() -> None:
    line = betting()
    ticked(line, 6)
    record = state_record(line.state)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=StateRecord)
    kept = state_of(again, {"shaver": int})
    assert kept.expected == line.state.expected != {}
    assert kept.calibrations == line.state.calibrations != {}
