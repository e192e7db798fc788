"""Faults with ground truth: what is wrong with what, from when, how fast it comes, and until when.

Three groups act at different places. `blocked_cooler` acts in the physics of a transformer. `stuck`,
`scale_1000` and `nan` act on measured quantities before a device stores them (`distort`). `silent` and
`word_swap` act on the wire: the field server asks `acting` and does it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """What can go wrong."""

    BLOCKED_COOLER = "blocked_cooler"
    """`amount` of the heat exchange of a transformer's cooler is lost, 0 to 1. Target: an asset."""
    SILENT = "silent"
    """A device does not answer. Target: a device."""
    STUCK = "stuck"
    """A quantity repeats the value it had at onset. Target: a device or a point."""
    SCALE_1000 = "scale_1000"
    """A quantity is 1000 times too large: a unit mistake. Target: a device or a point."""
    WORD_SWAP = "word_swap"
    """The two words of 32-bit values change places. Target: a device."""
    NAN = "nan"
    """A quantity is not a number. Target: a device or a point."""


WIRE: Final = frozenset({FaultKind.SILENT, FaultKind.WORD_SWAP})
"""Kinds that the field server applies."""
MEASURED: Final = frozenset({FaultKind.STUCK, FaultKind.SCALE_1000, FaultKind.NAN})
"""Kinds that `distort` applies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault, which is its own ground truth.

    Raises:
        ValueError: the end is not after the onset, the ramp is negative, or a cooler loses more than all.

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
    """Size at the end of the ramp; see the kinds."""
    seed: int = 0
    """Seed of what is random in it; none of the present kinds is."""

    def __post_init__(self) -> None:
        if self.end_ns is not None and self.end_ns <= self.onset_ns:
            raise ValueError(
                f"{self.kind} of {self.target} ends at {self.end_ns}, before its onset {self.onset_ns}"
            )
        if self.ramp_s < 0.0:
            raise ValueError(f"{self.kind} of {self.target} has a ramp of {self.ramp_s} s")
        if self.kind is FaultKind.BLOCKED_COOLER and not 0.0 <= self.amount <= 1.0:
            raise ValueError(f"{self.target}: a cooler loses 0 to 1 of its exchange, not {self.amount}")

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


def acting(faults: Iterable[Fault], target: str, now_ns: int) -> tuple[Fault, ...]:
    """Return the faults of one target that are active, in the given order."""
    return tuple(fault for fault in faults if fault.target == target and fault.active(now_ns))


def blocked(faults: Iterable[Fault], asset: str, now_ns: int) -> float:
    """Return the share of a transformer's heat exchange that is lost, 0 to 1.

    Several blockages of one cooler leave the product of what each leaves.
    """
    left = 1.0
    for fault in faults:
        if fault.kind is FaultKind.BLOCKED_COOLER and fault.target == asset:
            left *= 1.0 - fault.severity(now_ns)
    return 1.0 - left


def distort(
    quantities: Mapping[str, float], faults: Iterable[Fault], now_ns: int, *, before: Mapping[str, float]
) -> dict[str, float]:
    """Apply the measurement faults of one device in engineering units.

    Args:
        quantities: true or noisy values by quantity, without the asset.
        faults: those of the device; `target` of a fault on one quantity is `asset/quantity`,
            any other target means all quantities.
        now_ns: nanoseconds since 1970 UTC.
        before: what this function returned for the device last time; a stuck quantity repeats it, and
            one that was never measured before keeps its first value.

    Returns:
        A new mapping with the same keys.

    >>> fault = Fault(target="f11/voltage", kind=FaultKind.SCALE_1000, onset_ns=0)
    >>> distort({"voltage": 20.0, "current": 3.0}, [fault], 1, before={})
    {'voltage': 20000.0, 'current': 3.0}
    """
    seen = dict(quantities)
    for fault in faults:
        if fault.kind not in MEASURED or not fault.active(now_ns):
            continue
        _, single, quantity = fault.target.partition("/")
        for name in (quantity,) if single else tuple(seen):
            if name in seen:
                seen[name] = _distorted(fault.kind, seen[name], before.get(name, seen[name]))
    return seen


def _distorted(kind: FaultKind, value: float, before: float) -> float:
    if kind is FaultKind.STUCK:
        return before
    return value * 1000.0 if kind is FaultKind.SCALE_1000 else float("nan")
