"""Incidents: a pinned stretch as one file that tells everything, and can be decided again anywhere.

The file holds the run's header (site, policies, versions), the state the stretch begins with, its ticks, the
journal's entries of the time with the hashes on both sides of them, a digest, and the gateway's signature.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from kernel.journal.chain import FIRST_HASH, Entry, verify
from kernel.journal.columns import pack, unpack
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import StateRecord, TickRecord
from kernel.journal.pins import Pin
from kernel.journal.recorder import Recording, RunHeader
from kernel.journal.signing import Signer, is_signed

MAGIC: Final = b"AIOS incident 1\n"
SUFFIX: Final = ".aios-incident"


class IncidentDamaged(ValueError):
    """A file is no incident, or not what the gateway wrote; the message says what was found."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of a run with everything that a replay and a reader need."""

    pin: Pin
    header: RunHeader
    state: StateRecord
    batches: tuple[bytes, ...]
    """Ticks in columns."""
    entries: tuple[Entry, ...]
    """The command journal of these ticks."""
    before_seq: int
    """Number of the entry before them; 0 where they are the first."""
    before_hash: bytes
    exported_by: str
    """Version of the program that exported it."""
    policies: dict[str, str] = {}
    """Bundles that came into force after the run began, as JSON by revision."""

    def ticks(self) -> Iterator[TickRecord]:
        """Yield its ticks in order."""
        for body in self.batches:
            yield from unpack(body)


class _Seal(msgspec.Struct, frozen=True, kw_only=True):
    """The line before the body."""

    digest: str
    public_key: str
    signature: str


def incident_of(recording: Recording, journal: CommandJournal | None, pin: Pin, *, version: str) -> Incident:
    """Collect what belongs to a pin.

    Raises:
        LookupError: nothing of it was recorded.
    """
    header = next(header for header in recording.runs() if header.run == pin.run)
    state = recording.state_before(pin.run, pin.first)
    kept = [record for record in recording.ticks(pin.run) if state.tick < record.tick <= pin.last]
    if not kept:
        raise LookupError(f"no tick of incident {pin.id} is recorded yet")
    entries, before = _stretch(journal, pin) if journal is not None else ((), (0, FIRST_HASH))
    return Incident(
        pin=pin,
        header=header,
        state=state,
        batches=tuple(pack(kept[at : at + 64]) for at in range(0, len(kept), 64)),
        entries=entries,
        before_seq=before[0],
        before_hash=before[1],
        exported_by=version,
    )


def _stretch(journal: CommandJournal, pin: Pin) -> tuple[tuple[Entry, ...], tuple[int, bytes]]:
    """Return the entries from the first to the last that a pin's ticks made, and the one before."""
    wanted: list[Entry] = []
    in_run, begin, before = False, (0, FIRST_HASH), (0, FIRST_HASH)
    for entry in journal.entries():
        if entry.kind == "opened":
            in_run = entry.subject == pin.run
        if in_run and entry.tick <= pin.last and (wanted or entry.tick >= pin.first):
            begin = begin if wanted else before
            wanted.append(entry)
        before = (entry.seq, entry.hash)
    while wanted and not pin.first <= wanted[-1].tick <= pin.last:
        wanted.pop()
    return tuple(wanted), begin


def write(incident: Incident, path: Path, signer: Signer) -> None:
    """Write an incident as one signed file.

    Raises:
        OSError: it cannot be written.
    """
    body = zlib.compress(msgspec.msgpack.encode(incident), 6)
    digest = hashlib.sha256(body).hexdigest()
    seal = _Seal(digest=digest, public_key=signer.public_key, signature=signer.sign(digest.encode()))
    path.write_bytes(MAGIC + msgspec.json.encode(seal) + b"\n" + body)


def read(path: Path, *, public_key: str = "") -> Incident:
    """Read an incident; its digest, signature and chain of entries must fit.

    Args:
        path: of the file.
        public_key: of the gateway, from elsewhere; left out, the key in the file is believed.

    Raises:
        FileNotFoundError: there is no such file.
        IncidentDamaged: it is not what a gateway wrote.
    """
    raw = path.read_bytes()
    if not raw.startswith(MAGIC):
        raise IncidentDamaged(f"{path} is no exported incident")
    line, _, body = raw[len(MAGIC) :].partition(b"\n")
    try:
        seal = msgspec.json.decode(line, type=_Seal)
        if hashlib.sha256(body).hexdigest() != seal.digest:
            raise IncidentDamaged(f"{path} was changed after it was exported")
        if not is_signed(seal.digest.encode(), seal.signature, public_key or seal.public_key):
            raise IncidentDamaged(f"{path} is not signed by the gateway")
        incident = msgspec.msgpack.decode(zlib.decompress(body), type=Incident)
    except (msgspec.MsgspecError, zlib.error) as error:
        raise IncidentDamaged(f"{path} is damaged: {error}") from error
    broken = verify(incident.entries, after=incident.before_seq, begin=incident.before_hash)
    if broken:
        raise IncidentDamaged(f"{path}: {broken[0]}")
    return incident
