"""Faults of a simulation: what goes wrong, where, from when until when; chosen by a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Final

import msgspec

MACHINE: Final = "machine"


class Kind(StrEnum):
    """What can go wrong, named for who suffers it."""

    NETWORK_LOSS = "network loses"
    """Each request, and each answer, is lost with probability `amount`."""
    NETWORK_DELAY = "network delays"
    """Each way takes up to `amount` seconds more; an answer that comes too late is none."""
    NETWORK_TWICE = "network duplicates"
    """Requests reach the device twice, a moment apart. Not for pulses: see `SimulatedNetwork`."""
    NETWORK_HALF_OPEN = "network half-open"
    """Connections stand, requests arrive, answers do not come back."""
    NETWORK_PARTITION = "network partition"
    """No connection, nothing passes."""
    DISK_EIO = "disk EIO"
    DISK_FULL = "disk ENOSPC"
    DISK_SLOW = "disk slow"
    """Each commit takes `amount` seconds."""
    DISK_HANG = "disk hangs"
    """Commits do not end before the fault does."""
    CLOCK_STEP = "clock step"
    """The wall clock is set by `amount` seconds, once."""
    CLOCK_FROZEN = "clock frozen"
    CLOCK_LOST = "clock not synchronised"
    CLOCK_LEAP = "leap second"
    """A second is inserted: the wall clock shows one second twice."""
    DEVICE_SILENT = "device silent"
    DEVICE_STUCK = "device stuck"
    """It repeats what it read before the onset, and executes nothing."""
    DEVICE_GARBAGE = "device garbage"
    """It answers reads with random registers."""
    DEVICE_REBOOT = "device reboot"
    """It is away until the end, then begins with its safe state and an empty sequence register."""
    WORKER_CRASH = "worker crash"
    WORKER_HANG = "worker hangs"
    GATE_RAISES = "gate raises"
    GATE_SLOW = "gate slow"
    """Each judgement takes `amount` seconds."""
    GATE_GARBAGE = "gate garbage"
    """It answers with what is no judgement, or one of another revision, or about other commands."""
    HISTORIAN_DEAD = "historian dead"
    GATEWAY_KILLED = "gateway killed"
    """SIGKILL at the onset; it starts again from its folder at the end."""
    POWER_CUT = "power cut"
    """The gateway ends in the middle of a commit, which is then durable or not; as above."""


MOMENTARY: Final = frozenset({Kind.CLOCK_STEP, Kind.CLOCK_LEAP})
"""They happen; they do not last."""
ENDS_THE_GATEWAY: Final = frozenset({Kind.GATEWAY_KILLED, Kind.POWER_CUT})
OF_THE_NETWORK: Final = tuple(kind for kind in Kind if kind.value.startswith("network"))
OF_THE_DEVICE: Final = tuple(kind for kind in Kind if kind.value.startswith("device"))
OF_THE_MACHINE: Final = tuple(kind for kind in Kind if kind not in OF_THE_NETWORK + OF_THE_DEVICE)


class Injected(msgspec.Struct, frozen=True, kw_only=True):
    """One fault, in true seconds since the simulation began."""

    kind: Kind
    target: str
    """Name of a device, or `machine`."""
    onset_s: float
    end_s: float
    amount: float = 0.0
    """By kind: a probability or seconds."""

    def is_active(self, now_s: float) -> bool:
        """Tell whether it is there at a moment."""
        return self.onset_s <= now_s < self.end_s

    def __str__(self) -> str:
        amount = f" {self.amount:g}" if self.amount else ""
        return f"{self.onset_s:8.1f} s to {self.end_s:8.1f} s  {self.target}: {self.kind.value}{amount}"


LATEST_S: Final = 8.0
"""Longest delay of the network: shorter than any feedback time, so that a write is done or gone by then."""


def chosen(seed: int, devices: Sequence[str], *, until_s: float, tick_s: float) -> tuple[Injected, ...]:
    """Choose the faults of a seed, each by its own right: several may act at once.

    >>> chosen(1, ("meter",), until_s=3000.0, tick_s=5.0) == chosen(1, ("meter",), until_s=3000.0, tick_s=5.0)
    True
    """
    dice = random.Random(f"faults {seed}")
    faults = [*_of_devices(dice, devices, until_s), *_of_the_machine(dice, until_s, tick_s)]
    return tuple(sorted(faults, key=lambda fault: (fault.onset_s, fault.kind, fault.target)))


def _of_devices(dice: random.Random, devices: Sequence[str], until_s: float) -> Iterator[Injected]:
    for _ in range(dice.randint(2, 8)):
        kind = dice.choice(OF_THE_NETWORK + OF_THE_DEVICE)
        onset_s = round(dice.uniform(20.0, until_s * 0.9), 3)
        amount = {Kind.NETWORK_LOSS: dice.choice((0.1, 0.5)), Kind.NETWORK_DELAY: dice.uniform(0.2, LATEST_S)}
        yield Injected(
            kind=kind,
            target=dice.choice(tuple(devices)),
            onset_s=onset_s,
            end_s=min(until_s, round(onset_s + _length_s(dice), 3)),
            amount=round(amount.get(kind, 0.0), 3),
        )


def _of_the_machine(dice: random.Random, until_s: float, tick_s: float) -> Iterator[Injected]:
    for _ in range(dice.randint(3, 9)):
        kind = dice.choice(OF_THE_MACHINE)
        onset_s = round(dice.uniform(20.0, until_s * 0.9), 3)
        length_s = _length_s(dice)
        if kind in ENDS_THE_GATEWAY:
            length_s = dice.uniform(0.5, 40.0)
            if dice.random() < 0.7:  # in the middle of a tick, where it hurts
                onset_s = round(onset_s // tick_s * tick_s + dice.uniform(0.0, 0.06), 4)
        yield Injected(
            kind=kind,
            target=MACHINE,
            onset_s=onset_s,
            end_s=min(until_s, round(onset_s + length_s, 3)),
            amount=round(_amount(dice, kind), 3),
        )


def _length_s(dice: random.Random) -> float:
    """Return how long a fault lasts: seconds as often as minutes."""
    return float(2.0 ** dice.uniform(0.0, 8.5))


def _amount(dice: random.Random, kind: Kind) -> float:
    match kind:
        case Kind.CLOCK_STEP:
            return dice.choice((-3600.0, 3600.0, -60.0, 60.0, 2.0))
        case Kind.CLOCK_LEAP:
            return -1.0
        case Kind.DISK_SLOW | Kind.GATE_SLOW:
            return dice.uniform(0.05, 4.0)
        case _:
            return 0.0


class Faults:
    """The faults of one run, asked at every turn: what does not act costs one look."""

    def __init__(self, faults: Sequence[Injected], now_s: Callable[[], float]) -> None:
        """Let faults act by a clock of true seconds."""
        self.all = tuple(faults)
        self._now_s = now_s
        self._of: dict[tuple[Kind, str], tuple[Injected, ...]] = {}
        for fault in self.all:
            key = fault.kind, fault.target
            self._of[key] = (*self._of.get(key, ()), fault)

    def acting(self, kind: Kind, target: str = MACHINE) -> Injected | None:
        """Return the first fault of a kind that acts on a target now, None where there is none."""
        faults = self._of.get((kind, target))
        if faults is None:
            return None
        now_s = self._now_s()
        return next((fault for fault in faults if fault.is_active(now_s)), None)
