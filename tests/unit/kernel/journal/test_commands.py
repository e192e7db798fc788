"""The journal keeps whole ticks or nothing, and shows whoever touched it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from kernel.command import Command, Outcome, Receipt
from kernel.journal.chain import link, verify
from kernel.journal.commands import CommandJournal
from kernel.journal.connection import AT_ONCE, PATIENCE_S
from kernel.journal.failure import JournalDown, JournalLost, NotWritable, StandsAlready
from kernel.pipe.tick import Outputs
from kernel.point import Operation
from tests.fakes.disk import Disk
from tests.fakes.disk_sqlite import DiskConnection, DiskSystem

LINK = dict(seq=1, at_ns=2, tick=3, kind="k", subject="s", body="b")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "commands.db"


@pytest.fixture
def journal(path: Path) -> Iterator[CommandJournal]:
    made = CommandJournal(path)
    yield made
    made.close()


def command(name: str, point: str = "bat/p", sequence: int | None = None) -> Command:
    return Command(
        id=name, trace="t", point=point, value=1.0, operation=Operation.SETPOINT, tick=0, issued_at_ns=0,
        valid_until_ns=9, sequence=sequence, authority="gate", revision="r", reason="r",
    )  # fmt: skip


def tick(number: int, *commands: Command, ends: tuple[str, ...] = ()) -> Outputs:
    receipts = tuple(Receipt(command=c, outcome=Outcome.DONE, at_ns=number, detail="") for c in ends)
    return Outputs(tick=number, now_ns=number, commands=commands, receipts=receipts)


def lines(journal: CommandJournal) -> list[tuple[str, str]]:
    return [(entry.kind, entry.subject) for entry in journal.entries()]


def test_a_chain_goes_on_where_it_ended_when_the_journal_is_opened_again(path: Path) -> None:
    for number in range(3):
        journal = CommandJournal(path)
        journal.append(tick(number, command(f"c{number}")))
        journal.close()
    journal = CommandJournal(path)
    assert verify(journal.entries()) == ()
    assert [entry.seq for entry in journal.entries()] == [1, 2, 3]
    journal.close()


def test_the_entries_of_a_tick_stand_in_one_order_and_carry_its_time(journal: CommandJournal) -> None:
    journal.append(tick(5, command("a")))
    journal.append(tick(6, command("b"), ends=("a",)))
    assert lines(journal) == [("command", "a"), ("receipt", "a"), ("command", "b")]
    assert [(entry.tick, entry.at_ns) for entry in journal.entries()] == [(5, 5), (6, 6), (6, 6)]


def test_entries_can_be_read_by_subject_and_after_a_number(journal: CommandJournal) -> None:
    journal.append(tick(5, command("a"), command("b")))
    journal.append(tick(6, ends=("a",)))
    assert [entry.kind for entry in journal.entries(subject="a")] == ["command", "receipt"]
    assert [entry.seq for entry in journal.entries(after=2)] == [3]


def test_a_command_is_open_until_its_receipt(journal: CommandJournal) -> None:
    first, second = command("a"), command("b")
    journal.append(tick(1, first, second))
    assert journal.open_commands() == (first, second)
    journal.append(tick(2, ends=("a",)))
    assert journal.open_commands() == (second,)


def test_the_last_sequence_of_each_point_is_known(journal: CommandJournal) -> None:
    journal.append(tick(1, command("a", "x/p", 65535), command("b", "y/p", 7), command("c", "z/p")))
    journal.append(tick(2, command("d", "x/p", 0)))
    assert journal.last_sequences() == {"x/p": 0, "y/p": 7}


@pytest.mark.parametrize(
    "second",
    [tick(2, command("new"), command("a")), tick(2, command("new"), ends=("x", "x"))],
    ids=["command twice", "two ends"],
)
def test_a_tick_that_does_not_fit_leaves_no_half_entry(journal: CommandJournal, second: Outputs) -> None:
    journal.append(tick(1, command("a")))
    head = journal.head
    with pytest.raises(StandsAlready, match="UNIQUE"):
        journal.append(second)
    assert lines(journal) == [("command", "a")]
    assert (journal.head, journal.open_commands()) == (head, (command("a"),))
    journal.append(tick(3, command("b")))
    assert verify(journal.entries()) == ()


def test_a_disk_that_is_full_in_the_middle_of_a_tick_leaves_no_half_entry(path: Path) -> None:
    journal = CommandJournal(path)
    journal.append(tick(1, command("a")))
    (pages,) = journal._db.execute("pragma page_count").fetchone()
    journal._db.execute(f"pragma max_page_count = {pages}")
    long = msgspec.structs.replace(command("c"), reason="x" * 50_000)
    with pytest.raises(JournalDown, match="full"):
        journal.append(tick(2, command("b"), long))
    assert lines(journal) == [("command", "a")]
    journal._db.execute("pragma max_page_count = 100000")
    journal.append(tick(3, command("b"), long))
    assert verify(journal.entries()) == ()
    journal.close()


def test_a_reader_sees_what_is_committed_and_can_write_nothing(path: Path, journal: CommandJournal) -> None:
    reader = CommandJournal(path, read_only=True)
    journal.append(tick(1, command("a")))
    assert lines(reader) == [("command", "a")]
    with pytest.raises(JournalDown, match="readonly"):
        reader.note("opened", "r", {}, at_ns=0)
    assert lines(journal) == [("command", "a")]
    reader.close()


def test_an_acknowledged_entry_is_on_the_disk(journal: CommandJournal) -> None:
    assert journal._db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert journal._db.execute("pragma synchronous").fetchone() == (2,), "FULL"


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


def test_the_journal_of_a_simulated_run_has_the_same_chain_and_waits_for_no_disk(tmp_path: Path) -> None:
    heads = []
    for durable in (True, False):
        journal = CommandJournal(tmp_path / f"{durable}.db", durable=durable)
        journal.append(tick(1, command("a")))
        heads.append((journal.head, journal._db.execute("pragma synchronous").fetchone()))
        journal.close()
    assert heads == [(heads[0][0], (2,)), (heads[0][0], (1,))]


def test_what_cannot_be_put_into_words_leaves_the_journal_free_for_the_next(journal: CommandJournal) -> None:
    with pytest.raises(NotWritable):
        journal.note("opened", "r", object(), at_ns=0)
    journal.append(tick(1, command("a")))
    assert verify(journal.entries()) == ()


def test_a_writer_beside_it_is_waited_for_half_a_second_at_most(journal: CommandJournal) -> None:
    assert PATIENCE_S <= 0.5
    assert journal._db.execute("pragma busy_timeout").fetchone() == (round(PATIENCE_S * 1000),)


def test_the_newest_set_point_that_may_stand_is_known_for_each_point(journal: CommandJournal) -> None:
    safe = msgspec.structs.replace(command("s", "z/p"), authority="safe_set")
    journal.append(tick(1, command("a", "x/p"), command("b", "y/p"), command("z", "z/p"), safe))
    journal.append(tick(2, command("c", "x/p"), ends=("a", "b", "z", "s")))
    expired = Receipt(command="d", outcome=Outcome.EXPIRED, at_ns=3, detail="")
    journal.append(Outputs(tick=3, now_ns=3, commands=(command("d", "y/p"),), receipts=(expired,)))
    assert {point: c.id for point, c in journal.last_setpoints().items()} == {"x/p": "c", "y/p": "b"}


def test_the_last_tick_of_each_run_is_known(journal: CommandJournal) -> None:
    journal.note("opened", "one", {}, at_ns=0)
    journal.append(tick(7, command("a")))
    journal.note("opened", "two", {}, at_ns=0)
    journal.append(tick(3, command("b")))
    assert [journal.last_tick(run) for run in ("one", "two", "none")] == [7, 3, -1]


def test_the_write_ahead_log_is_folded_into_the_file_when_the_journal_is_tended(path: Path) -> None:
    journal = CommandJournal(path)
    for number in range(40):
        journal.append(tick(number, *(command(f"c{number}-{one}") for one in range(120))))
    assert journal.wants_tending
    log, before = path.with_name(path.name + "-wal"), path.stat().st_size
    assert log.stat().st_size > before
    journal.tend()
    assert not journal.wants_tending
    assert path.stat().st_size > before
    assert verify(journal.entries()) == ()
    journal.close()


def test_after_a_sync_that_failed_nothing_is_taken_until_the_journal_is_opened_again() -> None:
    disk, fails = Disk(), False
    mounted = DiskSystem("lost", disk, lambda call, _: "fsync" if fails and call == "xSync" else "")
    journal = CommandJournal(Path("/c.db"), connect=lambda path: DiskConnection(path, mounted))
    journal.append(tick(1, command("a")))
    fails = True
    with pytest.raises(JournalLost):
        journal.append(tick(2, command("b")))
    fails = False
    with pytest.raises(JournalLost):
        journal.append(tick(3, command("c")))
    journal.close()
    again = CommandJournal(Path("/c.db"), connect=lambda path: DiskConnection(path, mounted))
    again.append(tick(4, command("d")))
    assert verify(again.entries()) == ()
    again.close()


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


@pytest.mark.parametrize("count", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_a_tick_of_many_commands_stands_whole_and_in_order(journal: CommandJournal, count: int) -> None:
    names = [f"c{number}" for number in range(count)]
    journal.append(tick(1, *(command(name) for name in names)))
    assert lines(journal) == [("command", name) for name in names]
    assert [open_one.id for open_one in journal.open_commands()] == names
    assert verify(journal.entries()) == ()
