"""Signed checkpoints leave the box, and old entries go behind them without breaking what can be verified."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from kernel.command import Outcome, Receipt
from kernel.instruction import Instructed, Mode, PointMode
from kernel.journal.audit import audit
from kernel.journal.checkpoints import EVERY, EVERY_NS, Checkpoint, export, exported
from kernel.journal.commands import CommandJournal
from kernel.journal.in_force import in_force
from kernel.journal.notary import DAY_NS, Notary
from kernel.journal.signing import Signer, is_signed
from kernel.pipe.tick import Outputs
from tests.unit.kernel.journal.entries import command


def tick(day: float, name: str, *, point: str = "bat/p", ends: str = "") -> Outputs:
    now_ns = round(day * DAY_NS)
    receipts = (Receipt(command=ends, outcome=Outcome.DONE, at_ns=now_ns, detail=""),) if ends else ()
    return Outputs(tick=int(day * 100), now_ns=now_ns, commands=(command(name, point),), receipts=receipts)


def opened(folder: Path, *, keep_days: float | None = None) -> CommandJournal:
    notary = Notary(Signer.at(folder / "key.pem"), folder=folder / "out", keep_days=keep_days)
    return CommandJournal(folder / "c.db", notary=notary)


def test_the_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    first = Signer.at(tmp_path / "k" / "key.pem")
    assert Signer.at(tmp_path / "k" / "key.pem").public_key == first.public_key
    assert stat.S_IMODE((tmp_path / "k" / "key.pem").stat().st_mode) == 0o600


def test_a_signature_holds_for_its_message_and_key_only(tmp_path: Path) -> None:
    one, other = Signer.at(tmp_path / "1.pem"), Signer.at(tmp_path / "2.pem")
    signature = one.sign(b"m")
    assert is_signed(b"m", signature, one.public_key)
    assert not is_signed(b"n", signature, one.public_key)
    assert not is_signed(b"m", signature, other.public_key)
    assert not is_signed(b"m", "zz", one.public_key)


def test_closing_signs_the_head_and_copies_it_out(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(tick(1, "a"))
    head = journal.head
    journal.close()
    (one,) = exported(tmp_path / "out")
    assert (one.seq, one.hash) == (1, head)


def test_a_head_is_due_after_so_many_entries_or_so_long(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(tick(0, "a"))
    assert journal.wants_tending, "the first"
    journal.tend()
    journal.append(tick(0, "b"))
    assert not journal.wants_tending
    journal.append(tick((EVERY_NS + 1) / DAY_NS, "c"))
    assert journal.wants_tending
    journal.tend()
    journal.append(Outputs(tick=9, now_ns=EVERY_NS, commands=tuple(command(f"x{n}") for n in range(EVERY))))
    assert journal.wants_tending
    journal.close()


def test_an_exported_checkpoint_is_never_overwritten(tmp_path: Path) -> None:
    one = Checkpoint(seq=1, hash="aa", at_ns=0, previous=0, public_key="k", signature="first")
    export(one, tmp_path)
    export(Checkpoint(seq=1, hash="aa", at_ns=0, previous=0, public_key="k", signature="second"), tmp_path)
    assert [kept.signature for kept in exported(tmp_path)] == ["first"]


def test_what_a_full_queue_or_a_kill_left_out_is_copied_at_the_next_start(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(tick(1, "a"))
    journal.close()
    for path in (tmp_path / "out").iterdir():
        path.unlink()
    opened(tmp_path).close()
    assert [kept.seq for kept in exported(tmp_path / "out")] == [1]


def test_a_folder_that_cannot_be_written_holds_nothing_up(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file stands in the way")
    journal = opened(tmp_path)
    journal.append(tick(1, "a"))
    journal.tend()
    journal.append(tick(2, "b"))
    assert [entry.kind for entry in journal.entries()] == ["command", "command"]
    assert audit(journal) == ()
    journal.close()


@pytest.fixture
def aged(tmp_path: Path) -> CommandJournal:
    """A month in which one point was commanded once and another every day, of which three days are kept."""
    journal = opened(tmp_path, keep_days=3)
    journal.append(tick(0, "once", point="cb/p"))
    journal.append(tick(0.5, "d0", ends="once"))
    for day in range(1, 30):
        journal.append(tick(day, f"d{day}", ends=f"d{day - 1}"))
        journal.tend()
    return journal


def test_old_entries_go_and_the_journal_stays_verifiable(aged: CommandJournal, tmp_path: Path) -> None:
    days = [entry.at_ns / DAY_NS for entry in aged.entries() if entry.kind == "command"]
    assert 25 <= min(days) <= 27
    head = aged.head
    aged.close()
    again = CommandJournal(tmp_path / "c.db", read_only=True)
    kept, key = exported(tmp_path / "out"), Signer.at(tmp_path / "key.pem").public_key
    assert audit(again, checkpoints=kept, public_key=key) == ()
    assert again.head == head
    again.close()


def test_a_restart_knows_of_the_newest_command_of_each_point_however_old(aged: CommandJournal) -> None:
    rows = aged.connection.execute("select id from commands").fetchall()
    assert ("once",) in rows
    assert [open_.id for open_ in aged.open_commands()] == ["d29"]
    aged.close()


def test_a_row_that_was_carried_over_a_cut_is_covered_by_the_chain(aged: CommandJournal) -> None:
    aged.connection.execute("update commands set body = replace(body, '1.0', '2.0') where id = 'once'")
    assert "carried over" in audit(aged)[0]
    aged.close()


def test_an_open_command_is_never_cut_off(tmp_path: Path) -> None:
    journal = opened(tmp_path, keep_days=3)
    journal.append(tick(0, "open"))
    for day in range(1, 10):
        journal.append(tick(day, f"d{day}", point="y/p"))
        journal.tend()
    assert journal.open_commands()[0].id == "open"
    assert next(iter(journal.entries())).subject == "open"
    journal.close()


def test_an_instruction_that_still_holds_is_never_cut_off(tmp_path: Path) -> None:
    journal = opened(tmp_path, keep_days=3)
    block = PointMode(key="k", person="p", reason="work", point="bat/p", mode=Mode.BLOCKED)
    journal.append(Outputs(tick=0, now_ns=0, instructions=(Instructed(instruction=block),)))
    for day in range(1, 10):
        journal.append(tick(day, f"d{day}", ends=f"d{day - 1}" if day > 1 else ""))
        journal.tend()
    assert in_force(journal.told(), now_ns=10 * DAY_NS).modes == {"bat/p": block}
    normal = PointMode(key="n", person="p", reason="done", point="bat/p", mode=Mode.NORMAL)
    journal.append(Outputs(tick=1, now_ns=10 * DAY_NS, instructions=(Instructed(instruction=normal),)))
    for day in range(11, 20):
        journal.append(tick(day, f"d{day}", ends=f"d{day - 1}" if day > 11 else "d9"))
        journal.tend()
    assert next(iter(journal.entries())).at_ns > 10 * DAY_NS, "what ended may go"
    journal.close()


def test_a_checkpoint_of_another_key_is_found(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(tick(1, "a"))
    journal.close()
    (one,) = exported(tmp_path / "out")
    forger = Signer.at(tmp_path / "forger.pem")
    forged = msgspec.structs.replace(one, public_key=forger.public_key, signature="")
    forged = msgspec.structs.replace(forged, signature=forger.sign(forged.message))
    again = CommandJournal(tmp_path / "c.db", read_only=True)
    assert audit(again, checkpoints=(one,), public_key=one.public_key) == ()
    (found,) = audit(again, checkpoints=(forged,), public_key=one.public_key)
    assert "not signed by the gateway" in found
    again.close()
