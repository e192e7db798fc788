"""What a repair does to faults, wherever they act: it ends what stands, and nothing that is still to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind

MENDABLE: Final = frozenset(
    {
        FaultKind.SHORT_CIRCUIT,
        FaultKind.OPEN_CONDUCTOR,
        FaultKind.BLOCKED_COOLER,
        FaultKind.FAN_FAILED,
        FaultKind.TAP_STUCK,
        FaultKind.TAP_RUNAWAY,
        FaultKind.CAPACITOR_FUSE,
        FaultKind.DER_TRIPS,
        FaultKind.BATTERY_IMPEDANCE,
        FaultKind.GAS_RAMP,
        FaultKind.PARTIAL_DISCHARGE,
        FaultKind.CONTACT_WEAR,
        FaultKind.BREAKER_SLOW,
        FaultKind.FAILS_TO_OPEN,
        FaultKind.FAILS_TO_CLOSE,
        FaultKind.CONTACTS_DISAGREE,
        FaultKind.RELAY_TRIPS,
        FaultKind.RELAY_BLIND,
    }
)
"""Kinds that a crew ends at the asset: those of equipment. Customers, weather, meters and wires it leaves."""


def ended(fault: Fault, now_ns: int) -> Fault:
    """Return a fault that stands as ended at a moment; one that is over or still to come stays as it is.

    >>> fault = Fault(target="t1", kind=FaultKind.FAN_FAILED, onset_ns=5)
    >>> ended(fault, 9).end_ns, ended(fault, 5).end_ns
    (9, None)
    """
    stands = fault.onset_ns < now_ns and fault.active(now_ns)
    return replace(fault, end_ns=now_ns) if stands else fault


def mended(
    faults: Iterable[Fault], asset: str, now_ns: int, assets: Mapping[str, str] = MappingProxyType({})
) -> tuple[Fault, ...]:
    """Return faults as they are once an asset has been repaired, in the same order.

    Args:
        faults: of any kind and target.
        asset: that works again.
        now_ns: nanoseconds since 1970 UTC.
        assets: asset by target of a fault, where the two differ (a device and its breaker).
    """
    return tuple(
        ended(fault, now_ns)
        if fault.kind in MENDABLE and assets.get(fault.target, fault.target) == asset
        else fault
        for fault in faults
    )
