"""Faults with ground truth: what is wrong with what, from when, how fast it comes, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulators.faults.catalogue import row_of
from simulators.faults.kinds import MEASURED, FaultKind
from simulators.noise import seed_of

__all__ = ["MEASURED", "Fault", "FaultKind", "acting", "blocked", "fans_left", "left"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, which is its own ground truth.

    Raises:
        ValueError: the end is not after the onset, the ramp is negative or not possible for the kind, or
            the amount is none of its amounts.

    >>> Fault(target="t1", kind=FaultKind.BLOCKED_COOLER, onset_ns=0, ramp_s=10.0, amount=0.4).severity(
    ...     5_000_000_000)
    0.2
    """

    target: str
    """Name of an asset, device or point, by kind."""
    kind: FaultKind
    onset_ns: int
    """First moment, nanoseconds since 1970 UTC."""
    ramp_s: float = 0.0
    """Time from onset to the full amount, seconds."""
    end_ns: int | None = None
    """First moment after it; None means it stays."""
    amount: float = 1.0
    """Size at the end of the ramp; the catalogue says what it means."""
    seed: int = 0
    """Seed of what is random in it."""

    def __post_init__(self) -> None:
        """Refuse what the catalogue does not allow."""
        if self.end_ns is not None and self.end_ns <= self.onset_ns:
            raise ValueError(
                f"{self.kind} of {self.target} ends at {self.end_ns}, before its onset {self.onset_ns}"
            )
        row = row_of(self.kind)
        if self.ramp_s < 0.0 or (self.ramp_s and not row.ramp):
            raise ValueError(f"{self.kind} of {self.target} has a ramp of {self.ramp_s} s")
        if row.amount and not row.low <= self.amount <= row.high:
            raise ValueError(
                f"{self.kind} of {self.target}: amount is {row.amount}, {row.low:g} to {row.high:g}, "
                f"not {self.amount:g}"
            )

    def active(self, now_ns: int) -> bool:
        """Tell whether the fault is there at a moment, however small."""
        return self.onset_ns <= now_ns and (self.end_ns is None or now_ns < self.end_ns)

    def severity(self, now_ns: int) -> float:
        """Return the amount at a moment, 0.0 where the fault is not active."""
        if not self.active(now_ns):
            return 0.0
        if self.ramp_s == 0.0:
            return self.amount
        return self.amount * min(1.0, (now_ns - self.onset_ns) * 1e-9 / self.ramp_s)

    def lasted_s(self, now_ns: int) -> float:
        """Return for how long it has been there, seconds; 0.0 where it is not active."""
        return (now_ns - self.onset_ns) * 1e-9 if self.active(now_ns) else 0.0

    def dice(self, *names: str) -> int:
        """Return the seed of what is random in it, apart for each use."""
        return seed_of(self.seed, self.kind, self.target, *names)


def acting(faults: Iterable[Fault], target: str, now_ns: int) -> tuple[Fault, ...]:
    """Return the faults of one target that are active, in the given order."""
    return tuple(fault for fault in faults if fault.target == target and fault.active(now_ns))


def left(faults: Iterable[Fault], kind: FaultKind, target: str, now_ns: int) -> float:
    """Return what the faults of a kind leave of their target, 0 to 1: the product of what each leaves.

    For kinds whose amount is a share that is lost.
    """
    rest = 1.0
    for fault in faults:
        if fault.kind is kind and fault.target == target:
            rest *= 1.0 - fault.severity(now_ns)
    return rest


def blocked(faults: Iterable[Fault], asset: str, now_ns: int) -> float:
    """Return the share of a transformer's heat exchange that is lost, 0 to 1."""
    return 1.0 - left(faults, FaultKind.BLOCKED_COOLER, asset, now_ns)


def fans_left(faults: Iterable[Fault], asset: str, now_ns: int) -> float:
    """Return the share of a transformer's fans that still turn, 0 to 1."""
    return left(faults, FaultKind.FAN_FAILED, asset, now_ns)
