"""What a simulation saw: at the devices, on the wire, in the journal. Judges look at nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from aios.testing.injected import Injected
from kernel.command import Command
from kernel.journal.chain import Entry
from kernel.measurement import Times
from kernel.pipe.state import Rung
from kernel.site import Site
from kernel.verdict import Verdict
from simulators.devices.bank import Executed


class Wired(msgspec.Struct, frozen=True, kw_only=True):
    """A command that a gateway handed to a driver."""

    at_s: float
    """True seconds since the simulation began."""
    life: int
    """Which gateway: 0 is the first, each restart is the next."""
    command: Command
    journalled: int
    """Number of the newest entry that the journal had acknowledged then."""


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the gate said of a command."""

    at_s: float
    point: str
    value: float
    verdict: Verdict


class Acknowledged(msgspec.Struct, frozen=True, kw_only=True):
    """The journal said that it is durable up to an entry."""

    at_s: float
    seq: int
    head: str
    """Hash of that entry, hexadecimal."""


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """What stood on a set-point, and who wanted it, a moment before a tick."""

    at_s: float
    point: str
    value: float
    """On the device itself."""
    owners: tuple[str, ...]
    """Who had a wish for it that stood at the last tick; empty where nobody, or no gateway lives."""
    can_act: bool
    """Whether a gateway lives and network and device are well."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """One tick: the times of all rows of its image, and where the agents stood after it."""

    at_s: float
    life: int
    tick: int
    now_ns: int
    at_ns: Times
    rungs: Mapping[str, Rung] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class History:
    """Everything that was seen of one run."""

    seed: int
    site: Site
    faults: tuple[Injected, ...]
    limits: Mapping[str, tuple[float, float]]
    wired: list[Wired] = field(default_factory=list)
    answered: dict[str, Answered] = field(default_factory=dict)
    """By command, what counted: the last answer."""
    acknowledged: list[Acknowledged] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    ticks: list[Seen] = field(default_factory=list)
    executed: dict[str, tuple[Executed, ...]] = field(default_factory=dict)
    """By device."""
    entries: tuple[Entry, ...] = ()
    """The journal as it was read at the end."""
    asked_pulses: int = 0
    lives: int = 0
    open_at_end: tuple[str, ...] = ()
    """Commands that had no end state after the quiet end of the run."""

    def digest(self) -> str:
        """Return what two runs of one seed must have in common, hexadecimal."""
        chain = hashlib.sha256()
        for part in (self.wired, self.samples, self.acknowledged, self.executed):
            chain.update(msgspec.json.encode(part))
        for seen in self.ticks:
            chain.update(f"{seen.life} {seen.tick} {seen.now_ns}".encode())
            chain.update(seen.at_ns.tobytes())
        for entry in self.entries:
            chain.update(entry.hash)
        return chain.hexdigest()
