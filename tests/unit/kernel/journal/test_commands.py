"""The journal keeps whole ticks or nothing, and shows whoever touched it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kernel.command import Outcome, Receipt
from kernel.journal.chain import verify
from kernel.journal.commands import CommandJournal
from kernel.journal.connection import AT_ONCE, PATIENCE_S
from kernel.journal.failure import JournalDown, JournalLost, NotWritable, StandsAlready
from kernel.journal.written import LOOKED_BACK
from kernel.pipe.tick import Outputs
from tests.fakes.disk import Disk
from tests.fakes.disk_sqlite import DiskConnection, DiskSystem
from tests.unit.kernel.journal.entries import command, lines, tick


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
    assert [entry.seq for entry in journal.entries(subject="a", before=9)] == [3, 1]
    assert [entry.seq for entry in journal.entries(subject="a", before=3)] == [1]


def test_the_next_entries_of_some_kinds_are_read_up_to_the_newest(journal: CommandJournal) -> None:
    journal.append(tick(5, command("a"), command("b")))
    journal.append(tick(6, command("c"), ends=("a", "b")))
    found = list(journal.of_kinds({"receipt"}, after=2, most=9))
    assert [(entry.seq, entry.kind, entry.subject) for entry in found] == [
        (3, "receipt", "a"),
        (4, "receipt", "b"),
    ]
    assert [entry.seq for entry in journal.of_kinds({"receipt", "command"}, after=1, most=2)] == [2, 3]
    assert journal.newest == 5


def test_a_reader_sees_no_entry_of_a_kind_that_is_newer_than_its_newest(journal: CommandJournal) -> None:
    journal.append(tick(5, command("a")))
    reader = CommandJournal(journal.path, read_only=True)
    journal.append(tick(6, command("b")))
    assert (reader.newest, [entry.seq for entry in reader.of_kinds({"command"}, after=0, most=9)]) == (1, [1])
    reader.close()


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


def test_what_was_written_on_a_point_is_known_however_long_ago(journal: CommandJournal) -> None:
    journal.append(tick(1, command("a", "x/p", 41)))
    journal.append(tick(2, *(command(f"b{n}", "y/p", n) for n in range(LOOKED_BACK + 5))))
    assert "x/p" not in journal.last_sequences(), "nobody asked for it"
    assert journal.last_sequences(["x/p", "y/p"]) == {"x/p": 41, "y/p": LOOKED_BACK + 4}
    assert journal.last_setpoints(["x/p"])["x/p"].id == "a"
    assert len(journal.set_points(["x/p"])["y/p"]) == LOOKED_BACK


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


@pytest.mark.parametrize("count", [1, AT_ONCE - 1, AT_ONCE, AT_ONCE + 1, 3 * AT_ONCE])
def test_a_tick_of_many_commands_stands_whole_and_in_order(journal: CommandJournal, count: int) -> None:
    names = [f"c{number}" for number in range(count)]
    journal.append(tick(1, *(command(name) for name in names)))
    assert lines(journal) == [("command", name) for name in names]
    assert [open_one.id for open_one in journal.open_commands()] == names
    assert verify(journal.entries()) == ()
