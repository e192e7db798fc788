"""The notary: signs heads of the chain, hands them to be exported, and lets old entries go behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec

from kernel.journal.checkpoints import EVERY, EVERY_NS, Checkpoint, Exporter
from kernel.journal.connection import Connection
from kernel.journal.signing import Signer

DAY_NS: Final = 86_400_000_000_000
_ALL: Final = "select body from checkpoints order by seq"
_CARRIED: Final = """
select id, max(seq), body from (
    select id, seq, body, json_extract(body, '$.point') as point from commands)
group by point"""
"""The newest command of each point: what a restart must know of, however old it is."""


class Notary:
    """Makes the checkpoints of one journal."""

    def __init__(self, signer: Signer, *, folder: Path | None = None, keep_days: float | None = None) -> None:
        """Sign for a journal.

        Args:
            signer: the key of the gateway.
            folder: where checkpoints are copied to, off the box; None leaves them in the journal alone.
            keep_days: days after which entries may go, behind a checkpoint; None keeps all.
        """
        self.signer = signer
        self._exporter = Exporter(folder) if folder is not None else None
        self._keep_ns = None if keep_days is None else round(keep_days * DAY_NS)
        self._last: Checkpoint | None = None

    def take_up(self, db: Connection) -> None:
        """Begin where the journal's own table ends, and export what the folder lacks."""
        for (body,) in db.execute(_ALL).fetchall():
            self._last = msgspec.json.decode(body, type=Checkpoint)
            if self._exporter is not None:
                self._exporter.give(self._last)

    def is_due(self, seq: int, at_ns: int) -> bool:
        """Tell whether a head should be signed."""
        last = self._last
        if last is None:
            return seq > 0
        return seq - last.seq >= EVERY or (seq > last.seq and at_ns - last.at_ns >= EVERY_NS)

    def sign(self, db: Connection, *, seq: int, head: str, at_ns: int) -> Checkpoint | None:
        """Sign a head, in a transaction of its own; None where it is signed already."""
        if self._last is not None and seq <= self._last.seq:
            return None
        previous = 0 if self._last is None else self._last.seq
        plain = Checkpoint(
            seq=seq, hash=head, at_ns=at_ns, previous=previous, public_key=self.signer.public_key
        )
        signed = msgspec.structs.replace(plain, signature=self.signer.sign(plain.message))
        db.execute("insert into checkpoints values (?, ?)", (seq, msgspec.json.encode(signed).decode()))
        self._last = signed
        if self._exporter is not None:
            self._exporter.give(signed)
        return signed

    def may_go(
        self, db: Connection, *, now_ns: int, is_needed: Callable[[int], bool] = lambda _: False
    ) -> Checkpoint | None:
        """Return the newest checkpoint before which nothing need be kept; None where all must stay.

        Args:
            db: the journal.
            now_ns: operational time.
            is_needed: tells whether an entry up to a number still holds, such as a person's instruction.
        """
        if self._keep_ns is None:
            return None
        (first,) = db.execute("select min(seq) from entries").fetchone()
        (open_seq,) = db.execute(
            "select min(seq) from commands where id not in (select command from ends)"
        ).fetchone()
        kept = [msgspec.json.decode(body, type=Checkpoint) for (body,) in db.execute(_ALL).fetchall()]
        fit = [
            one
            for one in kept
            if one.at_ns <= now_ns - self._keep_ns and one.seq >= (first or 0)
            if open_seq is None or one.seq < open_seq
        ]
        return next((one for one in reversed(fit) if not is_needed(one.seq)), None)

    def close(self) -> None:
        """Copy out what waits."""
        if self._exporter is not None:
            self._exporter.close()


def carried(db: Connection, through: int) -> list[dict[str, Any]]:
    """Return the old commands that are kept beyond a cut: the newest one of each point, with its end."""
    rows = []
    for id_, seq, body in db.execute(_CARRIED).fetchall():
        if seq <= through:
            end = db.execute("select outcome, seq from ends where command = ?", (id_,)).fetchone()
            rows.append({"id": id_, "seq": seq, "body": body, "end": list(end) if end else None})
    return sorted(rows, key=lambda row: row["seq"])


def cut(db: Connection, through: int, keep: list[dict[str, Any]]) -> None:
    """Drop the entries up to `through` and their rows, but for the commands that are carried on."""
    ids = {row["id"] for row in keep}
    old = [id_ for (id_,) in db.execute("select id from commands where seq <= ?", (through,)).fetchall()]
    gone = [(id_, through) for id_ in old if id_ not in ids]
    db.execute("delete from entries where seq <= ?", (through,))
    db.executemany("delete from ends where command = ? and seq <= ?", gone)
    db.executemany("delete from commands where id = ? and seq <= ?", gone)
