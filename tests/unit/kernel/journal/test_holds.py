"""What is held is never cut: neither the span nor the word that holds it; what was let go, goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from kernel.instruction import Instructed, LegalHold, Unfit
from kernel.journal.audit import audit
from kernel.journal.checkpoints import exported
from kernel.journal.commands import CommandJournal
from kernel.journal.holds import holds_of
from kernel.journal.notary import DAY_NS, Notary
from kernel.journal.signing import Signer
from kernel.pipe.holding import hold
from tests.unit.kernel.journal.test_notary import tick


def opened(folder: Path) -> CommandJournal:
    notary = Notary(Signer.at(folder / "key.pem"), folder=folder / "out", keep_days=3)
    return CommandJournal(folder / "c.db", durable=False, notary=notary)


def told(name: str, first: float, last: float = 0, *, release: bool = False) -> LegalHold:
    return LegalHold(
        key=name, person="mara", reason="court", name=name, release=release,
        from_ns=round(first * DAY_NS), until_ns=round(last * DAY_NS),
    )  # fmt: skip


def note(journal: CommandJournal, word: LegalHold, day: float, *, refused: str = "") -> None:
    became = Instructed(instruction=word, refused=refused)
    journal.note("instruction", word.name, became, at_ns=round(day * DAY_NS))


def days(journal: CommandJournal, first: int, last: int) -> None:
    for day in range(first, last):
        journal.append(tick(day, f"d{day}", ends=f"d{day - 1}" if day else ""))
        journal.tend()


def oldest(journal: CommandJournal) -> float:
    return min(entry.at_ns for entry in journal.entries()) / DAY_NS


@pytest.fixture
def journal(tmp_path: Path):
    made = opened(tmp_path)
    yield made
    made.close()


def test_a_span_that_is_held_stays_and_the_journal_verifies(journal: CommandJournal, tmp_path: Path) -> None:
    days(journal, 0, 4)
    note(journal, told("case-7", 2, 3), 4)
    days(journal, 4, 30)
    assert oldest(journal) <= 2
    assert {entry.subject for entry in journal.entries()} >= {"d2", "case-7"}
    key = Signer.at(tmp_path / "key.pem").public_key
    assert audit(journal, checkpoints=exported(tmp_path / "out"), public_key=key) == ()


def test_what_was_let_go_goes(journal: CommandJournal) -> None:
    days(journal, 0, 4)
    note(journal, told("case-7", 2, 3), 4)
    note(journal, told("case-7", 2, 3, release=True), 5)
    days(journal, 4, 30)
    assert oldest(journal) > 20


def test_a_hold_goes_on_through_a_restart(tmp_path: Path) -> None:
    first = opened(tmp_path)
    days(first, 0, 4)
    note(first, told("case-7", 1), 4)
    first.close()
    second = opened(tmp_path)
    days(second, 4, 30)
    assert oldest(second) <= 1
    assert [held.hold.name for held in holds_of(second.told())] == ["case-7"]
    second.close()


def test_a_hold_on_what_is_to_come_keeps_its_own_word_until_then(journal: CommandJournal) -> None:
    note(journal, told("later", 40, 50), 0)
    days(journal, 1, 30)
    assert next(iter(journal.entries())).subject == "later"


def test_one_hold_let_go_leaves_the_other(journal: CommandJournal) -> None:
    days(journal, 0, 4)
    note(journal, told("a", 1, 2), 4)
    note(journal, told("b", 3, 4), 4)
    note(journal, told("a", 1, 2, release=True), 5)
    days(journal, 4, 30)
    assert 2 <= oldest(journal) <= 3


def test_a_hold_that_was_refused_holds_nothing(journal: CommandJournal) -> None:
    days(journal, 0, 4)
    note(journal, told("case-7", 1, 2), 4, refused="no")
    days(journal, 4, 30)
    assert oldest(journal) > 20


@pytest.mark.parametrize(
    "word", [told("", 1, 2), told("Case 7", 1, 2), told("x", 3, 2), told("x" * 65, 1)], ids=range(4)
)
def test_a_hold_without_a_name_or_that_ends_before_it_begins_is_refused(word: LegalHold) -> None:
    assert isinstance(hold("state", word), Unfit)
    assert hold("state", told("case-7", 1, 2)) == "state"
