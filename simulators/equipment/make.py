"""From the equipment of a scenario to the parts of a world, in the order in which they live."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from kernel.site import Site
from simulators.devices.bank import WorldSide
from simulators.equipment.ailments_of_faults import FromFaults
from simulators.equipment.bay import BayPlan
from simulators.equipment.crews import CrewPlan, Crews, Rank, WorkTimes
from simulators.equipment.curves import CURVES
from simulators.equipment.degradation import Degradations, Growth
from simulators.equipment.dispatch import Board, EveryMorning
from simulators.equipment.from_faults import Wear, need_protection
from simulators.equipment.insulation import GasFault, Insulation, UnitPlate
from simulators.equipment.interruptions import Interruptions
from simulators.equipment.overcurrent import OvercurrentSettings
from simulators.equipment.paper import KRAFT, UPGRADED, Paper
from simulators.equipment.planned import (
    PlannedBay,
    PlannedCrews,
    PlannedEquipment,
    PlannedGas,
    PlannedGrowth,
    PlannedShort,
    PlannedUnit,
    nanoseconds,
)
from simulators.equipment.protection import Protection, feeder_plans
from simulators.equipment.reclosing import Reclosing
from simulators.equipment.short_circuits import ShortCircuit, ShortCircuits
from simulators.equipment.tap_wear import TapWear
from simulators.faults.fault import Fault, FaultKind
from simulators.networks.network import Network
from simulators.part import Part


class UnknownCurve(KeyError):
    """A relay follows a curve that does not exist."""


def equipment_parts(  # what equipment hangs on; a bag of them would only hide it
    planned: PlannedEquipment | None,
    network: Network,
    *,
    site: Site,
    banks: Mapping[str, WorldSide],
    seed: int,
    faults: Sequence[Fault] = (),
) -> tuple[Part, ...]:
    """Return the parts of a scenario's equipment; none where it plans none.

    Args:
        planned: as the file says; None for nothing.
        network: of the world.
        site: says whose device each is and how many customers hang on a feeder.
        banks: simulated devices by name.
        seed: of everything drawn.
        faults: of the scenario; those of breakers and relays act here.

    Raises:
        KeyError: something is named that network or site do not have.
    """
    if planned is None:
        return ()
    ailing = FromFaults(faults, {device.name: device.asset for device in site.devices})
    shorts = ShortCircuits([_short(one) for one in planned.short_circuit])
    bays = [_bay(one, network) for one in planned.bay]
    if not bays and need_protection(faults):
        bays += feeder_plans(network, [line.name for line in network.lines if line.breaker])
    protection = Protection(network, bays, site=site, banks=banks, ailing=ailing)
    customers = planned.customers or _customers(network, site)
    watch = Interruptions(network, customers, reasons=lambda: protection.reasons)
    parts: list[Part] = [shorts, protection, watch, TapWear(network)]
    if any(fault.kind is FaultKind.CONTACT_WEAR for fault in faults):
        parts.append(Wear(site, protection, faults))
    if planned.insulation or planned.gas or planned.unit:
        parts.append(_insulation(planned, network, seed))
    if planned.growth:
        parts.append(Degradations([_growth(one) for one in planned.growth], seed=seed))
    if planned.crews is not None:
        parts.append(_crews(planned.crews, seed, lambda: protection.locked_out))
    return tuple(parts)


def _bay(one: PlannedBay, network: Network) -> BayPlan:
    if one.curve not in CURVES:
        raise UnknownCurve(f"no curve {one.curve}; there are {sorted(CURVES)}")
    relay = OvercurrentSettings(
        pickup_a=one.pickup_a,
        dial=one.dial,
        curve=CURVES[one.curve],
        instantaneous_a=math.inf if one.instantaneous_a is None else one.instantaneous_a,
    )
    drawn = {line.name: line.breaker for line in network.lines}
    return BayPlan(
        branch=one.branch,
        breaker=one.breaker or drawn.get(one.branch) or f"breaker of {one.branch}",
        relay=relay,
        reclosing=Reclosing(dead_s=one.dead_s, reclaim_s=one.reclaim_s),
        upstream=one.upstream,
        failure_s=one.failure_s,
    )


def _short(one: PlannedShort) -> ShortCircuit:
    return ShortCircuit(
        place=one.place,
        begin_ns=nanoseconds(one.begin),
        end_ns=None if one.end is None else nanoseconds(one.end),
        ohm=one.ohm,
        at=one.at,
        dead_s=math.inf if one.dead_s is None else one.dead_s,
    )


def _customers(network: Network, site: Site) -> dict[str, int]:
    named = ((load.name, site.asset.get(load.name)) for load in network.loads)
    return {name: asset.customers for name, asset in named if asset is not None}


def _insulation(planned: PlannedEquipment, network: Network, seed: int) -> Insulation:
    plates = {one.name: _plate(one) for one in planned.unit}
    return Insulation(network, seed=seed, plates=plates, faults=[_gas(one) for one in planned.gas])


def _plate(one: PlannedUnit) -> UnitPlate:
    paper = Paper(kind=UPGRADED if one.upgraded else KRAFT, dp=one.dp)
    return UnitPlate(paper=paper, water_percent=one.water_percent, air=one.air)


def _gas(one: PlannedGas) -> GasFault:
    return GasFault(
        asset=one.asset,
        kind=one.kind,
        ppm_per_day=one.ppm_per_day,
        begin_ns=nanoseconds(one.begin),
        end_ns=None if one.end is None else nanoseconds(one.end),
        ramp_s=one.ramp_days * 86_400.0,
        above_oil_k=one.above_oil_k,
        metal_c=one.metal_c,
    )


def _growth(one: PlannedGrowth) -> Growth:
    return Growth(
        asset=one.asset,
        quantity=one.quantity,
        start=one.start,
        onset_ns=nanoseconds(one.onset),
        days=one.days,
        law=one.law,
        scatter=one.scatter,
    )


def _crews(
    one: PlannedCrews,
    seed: int,
    failed: Callable[[], Iterable[str]],
) -> Crews:
    place = {asset: number for number, asset in enumerate(one.first)}
    rank: Rank | None = (lambda asset: place.get(asset, len(place))) if place else None
    times = WorkTimes(travel_s=one.travel_s, work_s=one.work_s, spread=one.spread)
    plan = CrewPlan(count=one.count, times=times, rank=rank)
    board = Board()
    dispatcher = EveryMorning(board, hour_utc=one.accepts_at_h, accepts=one.accepts) if one.accepts else None
    return Crews(plan, seed=seed, failed=failed, dispatcher=dispatcher, board=board)
