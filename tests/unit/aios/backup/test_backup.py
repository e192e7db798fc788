"""A backup is what the gateway wrote, or it is refused; a restore writes over nothing and under nobody."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from aios.backup.manifest import MANIFEST, Manifest
from aios.backup.read import NotWhole
from aios.backup.restore import ENTRY, Inhabited, restore
from aios.backup.sort import sorted_out
from aios.backup.write import backup
from aios.folder import Folder
from aios.lock import sole
from kernel.journal.audit import audit
from kernel.journal.commands import CommandJournal
from kernel.journal.notary import Notary
from kernel.journal.signing import Signer
from tests.unit.kernel.journal.test_notary import tick

SECRET = "-----BEGIN " + "PRIVATE KEY-----\nMC4CAQ\n"


def database(path: Path, rows: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("create table t (x)")
        db.executemany("insert into t values (?)", [(number,) for number in range(rows)])


def rows(path: Path) -> int:
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("select count(*) from t").fetchone()[0])


def opened(root: Path) -> CommandJournal:
    folder = Folder(root=root)
    return CommandJournal(folder.commands, durable=False, notary=Notary(Signer.at(folder.key)))


@pytest.fixture
def gateway(tmp_path: Path) -> Path:
    root = tmp_path / "gateway"
    journal = opened(root)
    for day in range(5):
        journal.append(tick(day, f"d{day}", ends=f"d{day - 1}" if day else ""))
        journal.tend()
    journal.close()
    folder = Folder(root=root)
    for path in (folder.recorder, folder.outbox / "segment-00000001.sqlite", root / "history.sqlite"):
        database(path, 7)
    database(folder.outbox / "cursor-history.sqlite", 3)
    folder.revisions.mkdir()
    (folder.revisions / "000001.toml").write_text("[site]\n")
    (root / "mail.pem").write_text(SECRET)
    (root / "disguised.txt").write_text(SECRET)
    (root / "gateway.lock").write_text("7\n")
    return root


def test_what_is_restored_is_what_was_backed_up_and_the_chain_goes_on(gateway: Path, tmp_path: Path) -> None:
    made = backup(gateway, tmp_path / "b.zip")
    restore(tmp_path / "b.zip", tmp_path / "again")
    folder = Folder(root=tmp_path / "again")
    assert rows(folder.recorder) == rows(tmp_path / "again" / "history.sqlite") == 7
    assert rows(folder.outbox / "cursor-history.sqlite") == 3
    assert (folder.revisions / "000001.toml").read_text() == "[site]\n"
    with closing(CommandJournal(folder.commands, read_only=True)) as journal:
        *before, last = journal.entries()
        assert (before[-1].seq, before[-1].hash.hex()) == (made.newest, made.head)
        assert (last.kind, last.seq) == (ENTRY, made.newest + 1)
        assert audit(journal) == ()


def test_keys_go_with_it_only_when_they_are_asked_for(gateway: Path, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "plain.zip")
    with zipfile.ZipFile(tmp_path / "plain.zip") as archive:
        assert not [name for name in archive.namelist() if b"PRIVATE KEY" in archive.read(name)]
    backup(gateway, tmp_path / "keys.zip", with_keys=True)
    restore(tmp_path / "keys.zip", tmp_path / "again")
    assert (tmp_path / "again" / "disguised.txt").read_text() == SECRET
    key = Folder(root=tmp_path / "again").key
    assert key.read_bytes() == Folder(root=gateway).key.read_bytes()
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_only_its_owner_reads_a_backup(gateway: Path, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b.zip")
    assert stat.S_IMODE((tmp_path / "b.zip").stat().st_mode) == 0o600


def test_cursors_are_copied_before_what_they_point_into_and_the_journal_last(gateway: Path) -> None:
    names = [name for name, _ in sorted_out(gateway)]
    assert names.index("outbox/cursor-history.sqlite") < names.index("outbox/segment-00000001.sqlite")
    assert names.index("outbox/segment-00000001.sqlite") < names.index("history.sqlite")
    assert names[-1] == "journal/commands.db"
    assert "gateway.lock" not in names


def test_a_journal_that_is_written_meanwhile_is_copied_whole(gateway: Path, tmp_path: Path) -> None:
    ends, journal = threading.Event(), opened(gateway)

    def write() -> None:
        number = 10
        while not ends.is_set():
            journal.append(tick(number, f"w{number}"))
            number += 1

    writing = threading.Thread(target=write)
    writing.start()
    try:
        for count in range(5):
            backup(gateway, tmp_path / f"{count}.zip")
    finally:
        ends.set()
        writing.join()
        journal.close()
    for count in range(5):
        restore(tmp_path / f"{count}.zip", tmp_path / f"again{count}")


def test_what_stands_in_the_log_alone_is_in_the_backup(gateway: Path, tmp_path: Path) -> None:
    journal = opened(gateway)
    journal.append(tick(9, "newest"))
    made = backup(gateway, tmp_path / "b.zip")
    assert (made.newest, made.head) == (journal.newest, journal.head)
    journal.close()


def test_nothing_is_written_over(gateway: Path, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine")
    with pytest.raises(FileExistsError):
        backup(gateway, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").read_text() == "mine"
    backup(gateway, tmp_path / "c.zip")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("mine")
    for place in (tmp_path / "full", tmp_path / "b.zip", gateway):
        with pytest.raises(Inhabited, match="is there already"):
            restore(tmp_path / "c.zip", place)
    assert (tmp_path / "full" / "x").read_text() == "mine"


def test_nothing_is_restored_into_a_folder_that_a_gateway_lives_in(gateway: Path, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b.zip")
    with (
        sole(Folder(root=tmp_path / "lived").lock, "gateway"),
        pytest.raises(Inhabited, match="a gateway lives in"),
    ):
        restore(tmp_path / "b.zip", tmp_path / "lived")


def test_an_empty_folder_is_taken(gateway: Path, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b.zip")
    (tmp_path / "empty").mkdir()
    restore(tmp_path / "b.zip", tmp_path / "empty")
    assert Folder(root=tmp_path / "empty").commands.exists()


def test_a_folder_without_a_journal_has_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no journal"):
        backup(tmp_path, tmp_path / "b.zip")


Change = Callable[[dict[str, bytes]], None]


def repacked(source: Path, target: Path, change: Change) -> None:
    """Write a backup again whose files somebody has changed."""
    with zipfile.ZipFile(source) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    change(held)
    with zipfile.ZipFile(target, "w") as archive:
        for name, body in held.items():
            archive.writestr(name, body)


def edited(held: dict[str, bytes]) -> None:
    held["revisions/000001.toml"] = b"[site]\nname = 1\n"


def left_out(held: dict[str, bytes]) -> None:
    del held["history.sqlite"]


def put_in(held: dict[str, bytes]) -> None:
    held["../escaped"] = b"x"


def manifest_edited(held: dict[str, bytes]) -> None:
    manifest = msgspec.json.decode(held[MANIFEST], type=Manifest)
    held[MANIFEST] = msgspec.json.encode(msgspec.structs.replace(manifest, made_at_ns=1))


def manifest_gone(held: dict[str, bytes]) -> None:
    del held[MANIFEST]


@pytest.mark.parametrize(
    "change", [edited, left_out, put_in, manifest_edited, manifest_gone], ids=lambda change: change.__name__
)
def test_a_backup_that_was_changed_is_refused(gateway: Path, tmp_path: Path, change: Change) -> None:
    backup(gateway, tmp_path / "b.zip")
    repacked(tmp_path / "b.zip", tmp_path / "c.zip", change)
    with pytest.raises(NotWhole):
        restore(tmp_path / "c.zip", tmp_path / "again")
    assert not (tmp_path / "again").exists()
    assert not (tmp_path.parent / "escaped").exists()


def resigned(source: Path, target: Path, folder: Path, change: Change) -> None:
    """Write a backup again with a manifest that fits, signed by another key."""
    forger = Signer.at(folder / "forger.pem")

    def forge(held: dict[str, bytes]) -> None:
        change(held)
        manifest = msgspec.json.decode(held[MANIFEST], type=Manifest)
        files = tuple(
            msgspec.structs.replace(one, bytes=len(held[one.name]), sha256=sha256(held[one.name]))
            for one in manifest.files
        )
        named = msgspec.structs.replace(manifest, files=files, public_key=forger.public_key)
        signed = msgspec.structs.replace(named, signature=forger.sign(named.message))
        held[MANIFEST] = msgspec.json.encode(signed)

    repacked(source, target, forge)


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def test_a_backup_of_another_key_is_found_by_the_key_from_elsewhere(gateway: Path, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b.zip")
    key = Signer.at(Folder(root=gateway).key).public_key
    resigned(tmp_path / "b.zip", tmp_path / "c.zip", tmp_path, edited)
    restore(tmp_path / "c.zip", tmp_path / "unseen")
    with pytest.raises(NotWhole, match="not signed"):
        restore(tmp_path / "c.zip", tmp_path / "again", public_key=key)
    restore(tmp_path / "b.zip", tmp_path / "again", public_key=key)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("update entries set subject = 'x' where seq = 3", "is not whole"),
        ("delete from entries where seq = 9", "does not end with the entry"),
    ],
    ids=["an entry edited", "the end cut off"],
)
def test_a_journal_that_is_not_whole_is_refused_however_well_the_manifest_fits(
    gateway: Path, tmp_path: Path, statement: str, said: str
) -> None:
    backup(gateway, tmp_path / "b.zip")

    def tampered(held: dict[str, bytes]) -> None:
        path = tmp_path / "tampered.db"
        path.write_bytes(held["journal/commands.db"])
        with closing(sqlite3.connect(path)) as db, db:
            db.execute(statement)
        held["journal/commands.db"] = path.read_bytes()

    resigned(tmp_path / "b.zip", tmp_path / "c.zip", tmp_path, tampered)
    with pytest.raises(NotWhole, match=said):
        restore(tmp_path / "c.zip", tmp_path / "again")


def test_a_flipped_byte_anywhere_is_refused_or_changes_nothing(gateway: Path, tmp_path: Path) -> None:
    backup(gateway, tmp_path / "b.zip")
    body = (tmp_path / "b.zip").read_bytes()
    luck, found = random.Random(3), 0
    for number in range(40):
        torn = bytearray(body)
        torn[luck.randrange(len(torn))] ^= 1 << luck.randrange(8)
        (tmp_path / "torn.zip").write_bytes(torn)
        try:
            restore(tmp_path / "torn.zip", tmp_path / f"again{number}")
        except NotWhole:
            found += 1
    assert found > 30


def test_a_journal_that_was_not_whole_already_is_kept_and_its_findings_are_told(
    gateway: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(Folder(root=gateway).commands)) as db, db:
        db.execute("update entries set subject = 'x' where seq = 3")
    made = backup(gateway, tmp_path / "b.zip")
    assert made.findings
    assert restore(tmp_path / "b.zip", tmp_path / "again").findings == made.findings


def test_a_site_file_goes_with_what_it_names_beside_it_and_with_nothing_else(
    gateway: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    (home / "maps").mkdir(parents=True)
    (home / "site.toml").write_text(
        '[[device]]\nmap = "ours"\nkey = "device.pem"\nca = "../outside.txt"\n'
        '[[loop]]\nkind = "file:own.py"\n'
    )
    for name, text in {"maps/ours.toml": "a", "own.py": "b", "device.pem": SECRET, "diary.txt": "c"}.items():
        (home / name).write_text(text)
    (tmp_path / "outside.txt").write_text("d")
    made = backup(gateway, tmp_path / "b.zip", site=home / "site.toml")
    beside = {one.name.removeprefix("site-file/") for one in made.files if one.name.startswith("site-file/")}
    assert beside == {"site.toml", "maps/ours.toml", "own.py"}
