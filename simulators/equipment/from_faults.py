"""Faults inside equipment: what makes gas in transformers, ages them, wears contacts and needs relays.

The equipment knows how to suffer; this says from when, where and how much. Protection and insulation live in
a world only where some fault needs them: a world without is as it was, and cheaper.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from kernel.site import Site
from simulators.couplings.felt import NotCoupled
from simulators.devices.bank import WorldSide
from simulators.equipment.ailments_of_faults import FromFaults
from simulators.equipment.gases import FaultClass
from simulators.equipment.insulation import GasFault, Insulation, UnitPlate
from simulators.equipment.protection import Protection, feeder_plans
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.faults.repair import ended
from simulators.networks.network import Network
from simulators.part import Part, Stretch
from simulators.scenario import Scenario

NEEDS_PROTECTION: Final = frozenset({FaultKind.SHORT_CIRCUIT, FaultKind.RELAY_BLIND, FaultKind.CONTACT_WEAR})
_OF_PAPER: Final = frozenset({FaultKind.PAPER_DEGRADED, FaultKind.FAST_AGEING})
_GASSING: Final = {
    FaultKind.GAS_RAMP: FaultClass.THERMAL,
    FaultKind.PARTIAL_DISCHARGE: FaultClass.PD,
}

HOT_C: Final = 500.0
"""Metal of `gas_ramp`, degC: the middle of class T2 of IEC 60599. It keeps it, so that who enters a rate gets
it; one that goes with the load is planned in `[[equipment.gas]]`."""


def has_protection(scenario: Scenario) -> bool:
    """Tell whether relays act in the world of a scenario: because it plans them, or because of its faults."""
    planned = scenario.equipment is not None and bool(scenario.equipment.bay)
    return planned or need_protection(scenario.faults)


def need_protection(faults: Sequence[Fault]) -> bool:
    """Tell whether some fault is nothing without relays."""
    return any(fault.kind in NEEDS_PROTECTION for fault in faults)


class Wear(Part):
    """Contacts that are more worn than what they have interrupted says."""

    def __init__(self, site: Site, protection: Protection, faults: Sequence[Fault]) -> None:
        """Find the breakers."""
        asset = {device.name: device.asset for device in site.devices}
        bays = {bay.plan.breaker: bay for bay in protection.bays.values()}
        worn = [fault for fault in faults if fault.kind is FaultKind.CONTACT_WEAR]
        self._worn = [(bays[asset[f.target]].breaker, f) for f in worn if asset[f.target] in bays]
        self._added = [0.0] * len(self._worn)

    def mend(self, asset: str, now_ns: int) -> None:
        """Replace contacts: what a fault that stands has worn of them is new again."""
        for place, (breaker, fault) in enumerate(self._worn):
            over = ended(fault, now_ns)
            if breaker.name == asset and over is not fault:
                breaker.worn -= self._added[place]
                self._added[place] = 0.0
                self._worn[place] = (breaker, over)

    def live(self, stretch: Stretch) -> None:
        """Wear the contacts as far as the faults say at the end of a stretch; a repair alone undoes it."""
        for place, (breaker, fault) in enumerate(self._worn):
            grown = max(0.0, fault.severity(stretch.until_ns) - self._added[place])
            breaker.worn += grown
            self._added[place] += grown


def parts_for(
    site: Site, network: Network, banks: Mapping[str, WorldSide], scenario: Scenario
) -> tuple[Part, ...]:
    """Return the parts that some fault needs and the scenario does not plan: protection, insulation.

    Where it plans equipment at all, `equipment_parts` gives that the protection which its faults need.

    Raises:
        NotCoupled: paper that is to be old only later, or gas in units whose insulation is planned with its
            own; every mismatch is listed.
    """
    faults, parts = scenario.faults, list[Part]()
    planned = scenario.equipment
    if planned is None and need_protection(faults):
        plans = feeder_plans(network, [line.name for line in network.lines if line.breaker])
        ailing = FromFaults(faults, {device.name: device.asset for device in site.devices})
        protection = Protection(network, plans, site=site, banks=banks, ailing=ailing)
        parts += [protection, Wear(site, protection, faults)]
    if any(fault.kind in _OF_PAPER or fault.kind in _GASSING for fault in faults):
        if planned and (planned.insulation or planned.gas or planned.unit):
            raise NotCoupled(("gas and paper are planned in the scenario's equipment already",))
        plates = _plates(faults, scenario.start_ns)
        parts.append(Insulation(network, seed=scenario.seed, plates=plates, faults=_gas_faults(faults)))
    return tuple(parts)


def _gas_faults(faults: Sequence[Fault]) -> tuple[GasFault, ...]:
    return tuple(
        GasFault(
            asset=fault.target,
            kind=_GASSING[fault.kind],
            ppm_per_day=fault.amount,
            begin_ns=fault.onset_ns,
            end_ns=fault.end_ns,
            ramp_s=fault.ramp_s,
            metal_c=HOT_C if fault.kind is FaultKind.GAS_RAMP else None,
        )
        for fault in faults
        if fault.kind in _GASSING
    )


def _plates(faults: Sequence[Fault], start_ns: int) -> dict[str, UnitPlate]:
    """Return the units whose paper is old or wet when the world begins."""
    late = [
        f"fault {fault.kind}: {fault.target} is as old as it is; its onset lies before the begin"
        for fault in faults
        if fault.kind in _OF_PAPER and fault.onset_ns > start_ns
    ]
    if late:
        raise NotCoupled(tuple(late))
    plates: dict[str, UnitPlate] = {}
    for fault in faults:
        plate = plates.get(fault.target, UnitPlate())
        if fault.kind is FaultKind.PAPER_DEGRADED:
            plates[fault.target] = replace(plate, paper=replace(plate.paper, dp=fault.amount))
        elif fault.kind is FaultKind.FAST_AGEING:
            plates[fault.target] = replace(plate, water_percent=fault.amount)
    return plates
