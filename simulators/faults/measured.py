"""Faults of measuring: what a faulty meter makes of a value, in engineering units, before it is stored."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from simulators.couplings.metering import JITTER, JITTER_K
from simulators.faults.fault import Fault
from simulators.faults.kinds import MEASURED, FaultKind
from simulators.noise import normal, seed_of, uniform

_DAY_S: Final = 86_400.0
SPIKE_CHANCE: Final = 0.2
"""Share of the readings that a spike befalls."""
_FLIPPED: Final = ("active_power", "reactive_power")
_TAMPERED: Final = (*_FLIPPED, "current")
"""What a bridged current path takes from a meter; its voltage stays right."""


def distort(
    quantities: Mapping[str, float], faults: Iterable[Fault], now_ns: int, *, before: Mapping[str, float]
) -> dict[str, float]:
    """Apply the measurement faults of one device in engineering units.

    Args:
        quantities: true or noisy values by quantity, without the asset.
        faults: those of the device; `target` of a fault on one quantity is `asset/quantity`,
            any other target means all quantities that the kind can befall.
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
        for name in (quantity,) if single else _befallen(fault.kind, seen):
            if name in seen:
                seen[name] = _distorted(fault, name, seen[name], before.get(name, seen[name]), now_ns)
    return seen


def _befallen(kind: FaultKind, quantities: Iterable[str]) -> tuple[str, ...]:
    """Name the quantities of a whole device that a kind befalls."""
    if kind is FaultKind.SIGN_FLIP:
        return _FLIPPED
    return _TAMPERED if kind is FaultKind.METER_TAMPER else tuple(quantities)


def _distorted(fault: Fault, name: str, value: float, before: float, now_ns: int) -> float:
    if fault.kind is FaultKind.STUCK:
        return before
    return _MADE[fault.kind](fault, name, value, now_ns)


def _drift(fault: Fault, _: str, value: float, now_ns: int) -> float:
    return value * (1.0 + fault.amount / 100.0 * fault.lasted_s(now_ns) / _DAY_S)


def _bias(fault: Fault, _: str, value: float, now_ns: int) -> float:
    return value + fault.severity(now_ns)


def _spike(fault: Fault, name: str, value: float, now_ns: int) -> float:
    return value * fault.amount if uniform(fault.dice(name), now_ns) < SPIKE_CHANCE else value


def _dropout(fault: Fault, name: str, value: float, now_ns: int) -> float:
    return math.nan if uniform(fault.dice(name), now_ns) < fault.amount else value


def _noise(fault: Fault, name: str, value: float, now_ns: int) -> float:
    """Add what makes the whole jitter `amount` times that of a sound instrument: variances add."""
    more = math.sqrt(fault.severity(now_ns) ** 2 - 1.0) if fault.severity(now_ns) > 1.0 else 0.0
    draw = more * normal(seed_of(fault.dice(name)), now_ns)
    return value + JITTER_K * draw if name.endswith("_temperature") else value * (1.0 + JITTER * draw)


def _scale(fault: Fault, _: str, value: float, __: int) -> float:
    return value * fault.amount


def _thousand(_: Fault, __: str, value: float, ___: int) -> float:
    return value * 1000.0


def _nan(_: Fault, __: str, ___: float, ____: int) -> float:
    return math.nan


def _flip(_: Fault, __: str, value: float, ___: int) -> float:
    return -value


def _tamper(fault: Fault, _: str, value: float, now_ns: int) -> float:
    return value * (1.0 - fault.severity(now_ns))


_MADE: Final[Mapping[FaultKind, Callable[[Fault, str, float, int], float]]] = {
    FaultKind.DRIFT: _drift,
    FaultKind.BIAS: _bias,
    FaultKind.SPIKE: _spike,
    FaultKind.DROPOUT: _dropout,
    FaultKind.NOISE: _noise,
    FaultKind.SCALE: _scale,
    FaultKind.SCALE_1000: _thousand,
    FaultKind.NAN: _nan,
    FaultKind.SIGN_FLIP: _flip,
    FaultKind.METER_TAMPER: _tamper,
}
