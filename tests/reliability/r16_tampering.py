"""R16: whoever tampers with the journal is found, whatever he does.

A journal with signed checkpoints that were exported is changed by somebody who owns its disk: a field edited,
an entry deleted, entries swapped, the end cut off, cut off and continued with a proper chain, everything
rewritten with a proper chain and checkpoints of a key of his own. The audit must find each. The control
audits without the exported checkpoints and the noted key, and must be found blind to a full rewrite.
"""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from kernel.journal.audit import audit
from kernel.journal.chain import FIRST_HASH, link
from kernel.journal.checkpoints import Checkpoint, exported
from kernel.journal.commands import CommandJournal
from kernel.journal.notary import Notary
from kernel.journal.signing import Signer
from tests.reliability.power_cut import memory, ticks
from tests.reliability.promise import Promise, Tally

TICKS = 10
"""Ticks of a journal. More journals find more than longer ones: each part of a run makes its own."""
EDITS = {
    "entries": ("at_ns", "tick", "kind", "subject", "body", "hash"),
    "commands": ("id", "seq", "body"),
    "ends": ("command", "outcome", "seq"),
}


def made(folder: Path, seed: int) -> tuple[Path, tuple[Checkpoint, ...], str]:
    """Write a journal of a hundred entries; return it, its exported checkpoints and the public key."""
    signer = Signer.at(folder / "key.pem")
    path = folder / "commands.db"
    journal = CommandJournal(path, durable=False, notary=Notary(signer, folder=folder / "out"))
    for number, outputs in enumerate(ticks(random.Random(seed), TICKS)):
        journal.append(outputs)
        if number % 2 == 1:
            journal.tend()
    journal.close()
    plain = sqlite3.connect(path)
    plain.execute("pragma journal_mode=delete").fetchall()  # one file, to be copied for every mutation
    plain.close()
    kept = exported(folder / "out")
    assert len(kept) >= 5, "checkpoints were exported"
    return path, kept, signer.public_key


def edit(db: sqlite3.Connection, luck: random.Random) -> str:
    table = luck.choice(list(EDITS))
    column = luck.choice(EDITS[table])
    row, value = luck.choice(db.execute(f"select rowid, {column} from {table}").fetchall())
    db.execute(f"update {table} set {column} = ? where rowid = ?", (_other(value, luck), row))
    return f"edited {table}.{column} of row {row}"


def _other(value: Any, luck: random.Random) -> Any:
    if isinstance(value, int):
        return value + luck.choice((-1_000_003, 1_000_003))
    at = luck.randrange(max(1, len(value)))
    if isinstance(value, bytes):
        return value[:at] + bytes([value[at] ^ luck.randint(1, 255)]) + value[at + 1 :]
    return value[:at] + ("x" if value[at : at + 1] != "x" else "y") + value[at + 1 :]


def delete(db: sqlite3.Connection, luck: random.Random) -> str:
    table = luck.choice(list(EDITS))
    (row,) = luck.choice(db.execute(f"select rowid from {table}").fetchall())
    db.execute(f"delete from {table} where rowid = ?", (row,))
    return f"deleted row {row} of {table}"


def reorder(db: sqlite3.Connection, luck: random.Random) -> str:
    (top,) = db.execute("select max(seq) from entries").fetchone()
    one, two = luck.sample(range(1, top + 1), 2)
    for was, now in ((one, -1), (two, one), (-1, two)):
        db.execute("update entries set seq = ? where seq = ?", (now, was))
    return f"swapped entries {one} and {two}"


def truncate(db: sqlite3.Connection, luck: random.Random) -> str:
    (top,) = db.execute("select max(seq) from entries").fetchone()
    last = luck.randrange(top)
    for table in ("entries", "commands", "ends", "checkpoints"):
        db.execute(f"delete from {table} where seq > ?", (last,))
    return f"cut off after {last}"


def append(db: sqlite3.Connection, luck: random.Random) -> str:
    """Continue a truncated journal with a proper chain, up to where it ended and beyond."""
    (top,) = db.execute("select max(seq) from entries").fetchone()
    said = truncate(db, luck)
    last = db.execute("select seq, hash from entries order by seq desc limit 1").fetchone()
    seq, chain = last or (0, FIRST_HASH)
    more = []
    while seq < top + 3:
        seq += 1
        one = {"seq": seq, "at_ns": seq, "tick": seq, "kind": "note", "subject": "s", "body": "{}"}
        chain = link(chain, **one)
        more.append((*one.values(), chain))
    db.executemany("insert into entries values (?, ?, ?, ?, ?, ?, ?)", more)
    return f"{said} and continued"


def rewrite(db: sqlite3.Connection, luck: random.Random) -> str:
    """Edit one command, and make everything after it fit again, signed with a key of his own."""
    (row,) = luck.choice(db.execute("select seq from entries where kind = 'command'").fetchall())
    db.execute(
        "update entries set body = json_set(body, '$.value', 99.5 + json_extract(body, '$.value')) "
        "where seq = ?",
        (row,),
    )
    db.execute("update commands set body = (select body from entries where seq = ?1) where seq = ?1", (row,))
    chain, hashes = FIRST_HASH, {}
    rows = db.execute("select seq, at_ns, tick, kind, subject, body from entries order by seq").fetchall()
    for seq, at_ns, tick, kind, subject, body in rows:
        chain = link(chain, seq=seq, at_ns=at_ns, tick=tick, kind=kind, subject=subject, body=body)
        hashes[seq] = chain
    db.executemany("update entries set hash = ? where seq = ?", [(one, seq) for seq, one in hashes.items()])
    _sign_again(db, hashes)
    return f"rewrote the journal from entry {row}"


def _sign_again(db: sqlite3.Connection, hashes: dict[int, bytes]) -> None:
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        forger = Signer.at(Path(folder) / "key.pem")
    for seq, body in db.execute("select seq, body from checkpoints").fetchall():
        plain = msgspec.structs.replace(
            msgspec.json.decode(body, type=Checkpoint), hash=hashes[seq].hex(), public_key=forger.public_key
        )
        signed = msgspec.structs.replace(plain, signature=forger.sign(plain.message))
        text = msgspec.json.encode(signed).decode()
        db.execute("update checkpoints set body = ? where seq = ?", (text, seq))


WAYS: tuple[Callable[[sqlite3.Connection, random.Random], str], ...] = (
    *(edit, delete, reorder, truncate, append, rewrite),
)


def tampered(seed: int, count: int, *, knows: bool = True) -> tuple[list[str], dict[str, float]]:
    """Tamper `count` times; return what was not found, and how often each way was tried."""
    missed, tried = [], dict.fromkeys((way.__name__ for way in WAYS), 0.0)
    with tempfile.TemporaryDirectory(dir=memory()) as name:
        path, kept, key = made(Path(name), seed)
        body, victim = path.read_bytes(), path.with_name("victim.db")
        for number in range(seed, seed + count):
            luck, way = random.Random(number), WAYS[number % len(WAYS)]
            victim.write_bytes(body)
            db = sqlite3.connect(victim, isolation_level=None)
            db.execute("pragma journal_mode=memory").fetchall()
            db.execute("begin")
            said = way(db, luck)
            db.execute("commit")
            db.close()
            journal = CommandJournal(victim, read_only=True)
            found = audit(journal, checkpoints=kept if knows else (), public_key=key if knows else "")
            journal.close()
            tried[way.__name__] += 1
            if not found:
                missed.append(f"seed {number}: {said}, and nobody noticed")
    return missed, tried


def attempt(seed: int, count: int) -> Tally:
    """Tamper with a journal `count` times, and audit it as an operator does."""
    missed, tried = tampered(seed, count)
    return Tally(tried=count, broken=tuple(missed), counts=tried)


def control(seed: int) -> Tally:
    """Audit without what left the box."""
    missed, tried = tampered(seed, 60, knows=False)
    return Tally(tried=60, broken=tuple(missed), counts=tried)


PROMISE = Promise(
    id="R16",
    claim="Tampering with the journal is found: edit, delete, reorder, truncate, continue, full rewrite",
    unit="mutations",
    full=10_000,
    reduced=300,
    attempt=attempt,
    control=control,
    part=500,
    seed=16,
)
