"""An auditor's export: whole it verifies alone, and whatever is done to it is found."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from aios.access.access import Access
from aios.access.identity import Role
from aios.audit.check import check, unanchored
from aios.audit.export import NotEmpty, NothingThen, export
from aios.audit.paper import ACCOUNTS, CHECKPOINTS, ENTRIES, PAPER, TABLE, Paper
from aios.folder import Folder
from kernel.instruction import Instructed, Mode, PointMode
from kernel.journal.chain import link
from kernel.journal.checkpoints import Checkpoint, exported
from kernel.journal.commands import CommandJournal
from kernel.journal.notary import DAY_NS, Notary
from kernel.journal.signing import Signer
from tests.unit.kernel.journal.test_notary import tick

DAYS = 12


def written(root: Path, *, keep_days: float | None = None) -> CommandJournal:
    """Write a journal of some days, one checkpoint a day."""
    folder = Folder(root=root)
    notary = Notary(Signer.at(folder.key), folder=root / "elsewhere", keep_days=keep_days)
    journal = CommandJournal(folder.commands, durable=False, notary=notary)
    journal.note("opened", "run-1", {"site": "nord"}, at_ns=0)
    for day in range(DAYS):
        journal.append(tick(day + 0.5, f"d{day}", ends=f"d{day - 1}" if day else ""))
        journal.tend()
    return journal


@pytest.fixture
def gateway(tmp_path: Path) -> Path:
    root = tmp_path / "gateway"
    journal = written(root)
    told = PointMode(key="k", person="=mara()", reason="work", point="bat/p", mode=Mode.BLOCKED)
    journal.note("instruction", "bat/p", Instructed(instruction=told), at_ns=DAYS * DAY_NS)
    journal.close()
    return root


def days(root: Path, out: Path, first: float, last: float) -> Paper:
    return export(root, out, from_ns=round(first * DAY_NS), to_ns=round(last * DAY_NS))


def test_an_export_takes_the_trail_of_accounts_along_and_finds_what_was_done_to_it(
    gateway: Path, tmp_path: Path
) -> None:
    access = Access.at(Folder(root=gateway).access, by="machine:root")
    access.accounts.add("erika", "x", roles=[Role.OPERATOR], sites=["nord"], now_ns=0)
    access.accounts.lock("erika", "left")
    access.close()
    paper = days(gateway, tmp_path / "out", 5, 6)
    assert check(tmp_path / "out", public_key=paper.public_key) == ()
    file = tmp_path / "out" / ACCOUNTS
    assert [msgspec.json.decode(line)["kind"] for line in file.read_bytes().splitlines()] == [
        "account_added",
        "account_locked",
    ]
    file.write_bytes(file.read_bytes().replace(b"left", b"gone"))
    findings = check(tmp_path / "out", public_key=paper.public_key)
    assert any("entry 2" in text for text in findings)
    assert any("is not the file that was exported" in text for text in findings)


def test_accounts_that_cannot_be_read_end_the_export(gateway: Path, tmp_path: Path) -> None:
    file = Folder(root=gateway).access
    file.parent.mkdir(parents=True)
    file.write_bytes(b"no database at all, and long enough to be looked at as one" * 20)
    with pytest.raises(ValueError, match=r"accounts in .* cannot be read"):
        days(gateway, tmp_path / "out", 5, 6)


def test_an_export_verifies_with_nothing_but_its_files(gateway: Path, tmp_path: Path) -> None:
    paper = days(gateway, tmp_path / "out", 0, 99)
    elsewhere = tmp_path / "moved"
    shutil.move(tmp_path / "out", elsewhere)
    shutil.rmtree(gateway)
    assert check(elsewhere, public_key=paper.public_key) == ()
    assert (paper.site, paper.span.first, paper.findings) == ("nord", 1, ())


def test_a_span_goes_on_to_the_next_signed_head(gateway: Path, tmp_path: Path) -> None:
    paper = days(gateway, tmp_path / "out", 4, 5)
    heads = {one.seq for one in exported(gateway / "elsewhere")}
    assert paper.span.last in heads
    assert unanchored(tmp_path / "out") == 0
    assert check(tmp_path / "out", checkpoints=exported(gateway / "elsewhere")) == ()


def test_it_is_exported_while_a_gateway_writes(tmp_path: Path) -> None:
    journal = written(tmp_path / "gateway")
    days(tmp_path / "gateway", tmp_path / "out", 0, 99)
    journal.append(tick(20, "later"))
    assert check(tmp_path / "out") == ()
    journal.close()


def test_a_journal_whose_old_entries_went_is_exported_from_where_it_begins(tmp_path: Path) -> None:
    written(tmp_path / "gateway", keep_days=3).close()
    paper = days(tmp_path / "gateway", tmp_path / "out", 0, 99)
    assert paper.span.first > 1
    assert paper.findings == ()
    assert check(tmp_path / "out", checkpoints=exported(tmp_path / "gateway" / "elsewhere")) == ()


def test_a_journal_of_which_an_entry_is_gone_is_exported_with_that_finding(
    gateway: Path, tmp_path: Path
) -> None:
    journal = CommandJournal(Folder(root=gateway).commands)
    journal.connection.execute("delete from entries where seq = 3")
    journal.close()
    assert days(gateway, tmp_path / "out", 0, 99).findings
    assert any("was not whole" in found for found in check(tmp_path / "out"))


def test_the_table_names_people_and_holds_no_formula(gateway: Path, tmp_path: Path) -> None:
    days(gateway, tmp_path / "out", 0, 99)
    with (tmp_path / "out" / TABLE).open(newline="") as file:
        told = [row for row in csv.DictReader(file) if row["kind"] == "instruction"]
    assert [row["person"] for row in told] == ["'=mara()"]


def test_nothing_is_written_over_and_a_time_without_entries_is_told(gateway: Path, tmp_path: Path) -> None:
    with pytest.raises(NothingThen, match="it holds 1970-01-01"):
        days(gateway, tmp_path / "out", 50, 60)
    days(gateway, tmp_path / "out", 0, 99)
    with pytest.raises(NotEmpty):
        days(gateway, tmp_path / "out", 0, 99)


def lines(out: Path) -> list[dict]:
    return [msgspec.json.decode(line) for line in (out / ENTRIES).read_bytes().splitlines()]


def put(out: Path, rows: list[dict]) -> None:
    (out / ENTRIES).write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def edited(out: Path, luck: random.Random) -> None:
    rows = lines(out)
    row = luck.choice(rows)
    name = luck.choice(("at", "at_ns", "tick", "kind", "subject", "body", "hash"))
    row[name] = row[name] + 1 if isinstance(row[name], int) else "0" + row[name][1:] + "1"
    put(out, rows)


def deleted(out: Path, luck: random.Random) -> None:
    rows = lines(out)
    del rows[luck.randrange(len(rows))]
    put(out, rows)


def swapped(out: Path, luck: random.Random) -> None:
    rows = lines(out)
    at = luck.randrange(len(rows) - 1)
    rows[at], rows[at + 1] = rows[at + 1], rows[at]
    put(out, rows)


def cut_off(out: Path, luck: random.Random) -> None:
    put(out, lines(out)[: -luck.randint(1, 5)])


def table_changed(out: Path, luck: random.Random) -> None:
    path = out / TABLE
    body = bytearray(path.read_bytes())
    body[luck.randrange(len(body))] ^= 1
    path.write_bytes(body)


def head_removed(out: Path, luck: random.Random) -> None:
    kept = msgspec.json.decode((out / CHECKPOINTS).read_bytes())
    del kept[luck.randrange(len(kept))]
    (out / CHECKPOINTS).write_bytes(msgspec.json.encode(kept))


def paper_changed(out: Path, luck: random.Random) -> None:
    paper = msgspec.json.decode((out / PAPER).read_bytes())
    paper[luck.choice(("site", "version"))] += "x"
    (out / PAPER).write_bytes(msgspec.json.encode(paper))


WAYS = (edited, deleted, swapped, cut_off, table_changed, head_removed, paper_changed)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_whatever_is_done_to_an_export_is_found(gateway: Path, tmp_path: Path, way: Callable) -> None:
    days(gateway, tmp_path / "out", 0, 99)
    for seed in range(8):
        victim = tmp_path / f"{seed}"
        shutil.copytree(tmp_path / "out", victim)
        way(victim, random.Random(seed))
        assert check(victim), seed


def forged(root: Path, out: Path) -> None:
    """Write the journal anew with a proper chain and heads signed by a key of one's own, and export that."""
    folder = Folder(root=root)
    folder.key.unlink()
    signer = Signer.at(folder.key)
    journal = CommandJournal(folder.commands, durable=False)
    db, chain = journal.connection, b"\0" * 32
    db.execute("update entries set subject = 'nobody' where kind = 'instruction'")
    for entry in list(journal.entries()):
        fields = {name: getattr(entry, name) for name in entry.__struct_fields__ if name != "hash"}
        chain = link(chain, **fields)
        db.execute("update entries set hash = ? where seq = ?", (chain, entry.seq))
    hashes = {entry.seq: entry.hash.hex() for entry in journal.entries()}
    for seq, body in db.execute("select seq, body from checkpoints").fetchall():
        one = msgspec.json.decode(body, type=Checkpoint)
        one = msgspec.structs.replace(one, hash=hashes[seq], public_key=signer.public_key)
        one = msgspec.structs.replace(one, signature=signer.sign(one.message))
        db.execute("update checkpoints set body = ? where seq = ?", (msgspec.json.encode(one).decode(), seq))
    journal.close()
    days(root, out, 0, 99)


def test_a_journal_written_anew_is_found_by_the_key_or_by_one_checkpoint_from_elsewhere(
    gateway: Path, tmp_path: Path
) -> None:
    key, kept = Signer.at(Folder(root=gateway).key).public_key, exported(gateway / "elsewhere")
    forged(gateway, tmp_path / "out")
    assert check(tmp_path / "out") == (), "with nothing from elsewhere nobody can tell"
    assert "audit.json is not signed by the gateway" in check(tmp_path / "out", public_key=key)
    own = Signer.at(Folder(root=gateway).key).public_key
    assert check(tmp_path / "out", public_key=own, checkpoints=kept[-1:])


def test_a_checkpoint_from_elsewhere_that_tells_another_hash_is_a_finding(
    gateway: Path, tmp_path: Path
) -> None:
    days(gateway, tmp_path / "out", 0, 99)
    signer = Signer.at(Folder(root=gateway).key)
    other = msgspec.structs.replace(exported(gateway / "elsewhere")[3], hash="00" * 32)
    other = msgspec.structs.replace(other, signature=signer.sign(other.message))
    found = check(tmp_path / "out", public_key=signer.public_key, checkpoints=(other,))
    assert any("rewritten" in text for text in found)


def test_a_folder_that_holds_no_export_is_told(tmp_path: Path) -> None:
    assert "holds no export" in check(tmp_path)[0]
