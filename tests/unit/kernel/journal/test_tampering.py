"""Whoever touches a journal is seen: every entry hangs on all before it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from kernel.journal.chain import link, verify
from kernel.journal.commands import CommandJournal
from tests.unit.kernel.journal.entries import command, tick

LINK = dict(seq=1, at_ns=2, tick=3, kind="k", subject="s", body="b")


def forge(journal: CommandJournal) -> None:
    """Cut the newest entries off and put others there, properly linked."""
    journal._db.execute("delete from entries where seq > 2")
    journal._db.execute("delete from commands where seq > 2")
    forged = CommandJournal(Path(journal._db.execute("pragma database_list").fetchone()[2]))
    forged.append(tick(9, command("forged")))
    forged.close()


def unlinked(journal: CommandJournal) -> None:
    journal._db.execute("delete from entries where seq > 2")
    journal._db.execute("insert into entries values (3, 9, 9, 'command', 'forged', '{}', x'00')")


TAMPERED: dict[str, tuple[Callable[[CommandJournal], object], str]] = {
    "edit": (
        lambda j: j._db.execute("update entries set body = replace(body, '1.0', '2.0') where seq = 2"),
        "entry 2 .* was changed",
    ),
    "time": (
        lambda j: j._db.execute("update entries set at_ns = 99 where seq = 3"),
        "entry 3 .* was changed",
    ),
    "kind": (
        lambda j: j._db.execute("update entries set kind = 'note' where seq = 1"),
        "entry 1 .* was changed",
    ),
    "delete": (lambda j: j._db.execute("delete from entries where seq = 2"), "entry 2 is missing"),
    "delete first": (lambda j: j._db.execute("delete from entries where seq = 1"), "entry 1 is missing"),
    "reorder": (
        lambda j: j._db.executescript(
            "update entries set seq = 99 where seq = 2; update entries set seq = 2 where seq = 3;"
            "update entries set seq = 3 where seq = 99;"
        ),
        "entry 2 .* was changed",
    ),
    "truncate and append": (unlinked, "entry 3 .* was changed"),
}


@pytest.mark.parametrize(("tamper", "finding"), TAMPERED.values(), ids=TAMPERED)
def test_whoever_touches_the_journal_is_seen(
    journal: CommandJournal, tamper: Callable[[CommandJournal], object], finding: str
) -> None:
    for number in range(4):
        journal.append(tick(number, command(f"c{number}")))
    assert verify(journal.entries()) == ()
    tamper(journal)
    (found,) = verify(journal.entries())
    assert re.search(finding, found)


def test_a_forger_who_links_anew_is_seen_by_whoever_kept_the_head(path: Path) -> None:
    journal = CommandJournal(path)
    for number in range(3):
        journal.append(tick(number, command(f"c{number}")))
    kept = journal.head
    forge(journal)
    journal.close()
    reopened = CommandJournal(path)
    assert reopened.head != kept
    assert kept not in [entry.hash.hex() for entry in reopened.entries()]
    reopened.close()


@pytest.mark.parametrize("field", LINK)
def test_the_hash_of_an_entry_hangs_on_every_field(field: str) -> None:
    value = LINK[field]
    other = value + 1 if isinstance(value, int) else value + "x"
    assert link(b"", **LINK) != link(b"", **{**LINK, field: other})
    assert link(b"", **LINK) != link(b"x", **LINK)
