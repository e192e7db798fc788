"""Faults of the wire: what befalls the bytes between a device and the gateway at a moment.

A condition is only described here. Whoever carries the bytes applies it: a proxy before a real socket, or
a link in the same process under the virtual clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class WireCondition:
    """How the wire of one device is; as it stands here it is sound. Chances are of one request or answer."""

    silent: bool = False
    """The device does not answer; requests are lost, not executed."""
    loss: float = 0.0
    """Chance, in each direction, that it is lost."""
    delay_s: float = 0.0
    """Time that every answer takes more, seconds."""
    half_open: bool = False
    """All bytes vanish and nobody is told."""
    reset: float = 0.0
    """Chance that the connection is reset in place of an answer."""
    garbage: float = 0.0
    """Chance that random bytes come before an answer."""
    replay: int = 0
    """So many of the last recorded answers are repeated, under the numbers of the requests."""
    partition: bool = False
    """There is no way to the device: nothing connects, nothing passes."""
    duplicate: float = 0.0
    """Chance that an answer comes twice."""
    out_of_order: float = 0.0
    """Chance that an answer comes only after its request was given up, before the next one."""


SOUND: Final = WireCondition()
BYTES: Final = frozenset(
    {
        FaultKind.SILENT,
        FaultKind.LOSS,
        FaultKind.DELAY,
        FaultKind.HALF_OPEN,
        FaultKind.RESET,
        FaultKind.GARBAGE,
        FaultKind.REPLAY,
        FaultKind.PARTITION,
        FaultKind.DUPLICATE,
        FaultKind.OUT_OF_ORDER,
    }
)
_SWITCHES: Final = frozenset({FaultKind.SILENT, FaultKind.HALF_OPEN, FaultKind.PARTITION})
_FIELD: Final = {FaultKind.DELAY: "delay_s"}
"""Field of a kind where it has another name."""


def wire_condition(faults: Iterable[Fault], device: str, now_ns: int) -> WireCondition:
    """Return how the wire of a device is at a moment; of two faults of a kind the later one counts.

    >>> lossy = Fault(target="meter", kind=FaultKind.LOSS, onset_ns=0, amount=0.3)
    >>> wire_condition([lossy], "meter", 1).loss, wire_condition([lossy], "other", 1) == SOUND
    (0.3, True)
    """
    told: dict[str, Any] = {}
    for fault in faults:
        if fault.kind in BYTES and fault.target == device and fault.active(now_ns):
            name = _FIELD.get(fault.kind, fault.kind.value)
            told[name] = _setting(fault, now_ns)
    return replace(SOUND, **told) if told else SOUND


def _setting(fault: Fault, now_ns: int) -> float | bool:
    if fault.kind is FaultKind.REPLAY:
        return round(fault.amount)
    return True if fault.kind in _SWITCHES else fault.severity(now_ns)


def devices_with_bad_wires(faults: Iterable[Fault], *, silent: bool = True) -> frozenset[str]:
    """Name the devices whose bytes some fault befalls; without the merely silent ones if asked so."""
    kinds = BYTES if silent else BYTES - {FaultKind.SILENT}
    return frozenset(fault.target for fault in faults if fault.kind in kinds)
