"""The faults of a scenario as ailments of relays and breakers; a crew can end them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from simulators.equipment.ailments import Ailment
from simulators.faults.fault import Fault
from simulators.faults.repair import ended

AILMENT_OF: Final[Mapping[str, Ailment]] = MappingProxyType(
    {
        "breaker_slow": Ailment.BREAKER_SLOW,
        "fails_to_open": Ailment.BREAKER_STAYS_CLOSED,
        "fails_to_close": Ailment.BREAKER_STAYS_OPEN,
        "contacts_disagree": Ailment.AUXILIARY_CONTACTS,
        "relay_trips": Ailment.RELAY_TRIPS,
        "relay_blind": Ailment.RELAY_BLIND,
    }
)
"""By kind of the catalogue."""


class FromFaults:
    """What ails the equipment because of the faults of a scenario."""

    def __init__(self, faults: Iterable[Fault], assets: Mapping[str, str]) -> None:
        """Sort the faults by asset.

        Args:
            faults: all of a scenario; those of other kinds are left alone.
            assets: asset by target of a fault, where the two differ (a device and its breaker).
        """
        self._faults = [
            (assets.get(fault.target, fault.target), AILMENT_OF[fault.kind], fault)
            for fault in faults
            if fault.kind in AILMENT_OF
        ]

    def amount(self, asset: str, ailment: Ailment, now_ns: int) -> float | None:
        """Return the greatest severity of the active faults; None where there is none."""
        active = [
            fault.severity(now_ns)
            for where, what, fault in self._faults
            if where == asset and what is ailment and fault.active(now_ns)
        ]
        return max(active, default=None)

    def next_change_ns(self, now_ns: int) -> int | None:
        """Return the next onset or end."""
        borders = (border for _, _, fault in self._faults for border in (fault.onset_ns, fault.end_ns))
        return min((border for border in borders if border is not None and border > now_ns), default=None)

    def mend(self, asset: str, now_ns: int) -> None:
        """End the ailments of an asset that stand: it has been repaired."""
        self._faults = [
            (where, what, ended(fault, now_ns) if where == asset else fault)
            for where, what, fault in self._faults
        ]
