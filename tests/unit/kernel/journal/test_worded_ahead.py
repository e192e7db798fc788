"""Words put ahead of their turn: they hold only for the tick that they are about."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kernel.journal.chain import verify
from kernel.journal.commands import CommandJournal
from kernel.journal.failure import JournalDown
from tests.unit.kernel.journal.entries import command, lines, tick


def test_words_put_ahead_of_their_turn_hold_only_where_they_follow(journal: CommandJournal) -> None:
    one, other, third = (tick(number, command(f"c{number}")) for number in range(3))
    journal.word(one)
    journal.append(other)
    journal.append(one)
    journal.word(third)
    journal.note("reloaded", "r", {}, at_ns=3)
    journal.append(third)
    assert verify(journal.entries()) == ()
    assert [subject for _, subject in lines(journal)] == ["c1", "c0", "r", "c2"]


def test_words_put_ahead_of_their_turn_are_lost_to_an_entry_between(journal: CommandJournal) -> None:
    one = tick(1, command("a"))
    journal.word(one)
    words = journal._worded
    journal.note("reloaded", "r", {}, at_ns=1)
    journal._worded = words
    journal.append(one)
    assert verify(journal.entries()) == ()
    assert lines(journal) == [("reloaded", "r"), ("command", "a")]


def test_words_put_ahead_of_their_turn_are_those_of_the_tick(tmp_path: Path) -> None:
    heads, both = [], tick(1, command("a"), ends=("b",))
    for ahead in (True, False):
        journal = CommandJournal(tmp_path / f"{ahead}.db")
        if ahead:
            journal.word(both)
        journal.append(both)
        heads.append((journal.head, lines(journal)))
        journal.close()
    assert heads[0] == heads[1]


def test_what_cannot_be_worded_ahead_is_told_when_it_is_appended(journal: CommandJournal) -> None:
    strange = tick(1, msgspec.structs.replace(command("a"), reason=object()))
    journal.word(strange)
    with pytest.raises(JournalDown, match="command at tick 1"):
        journal.append(strange)
