"""The scenario of a run: when it begins, what fails, and what people ask for. Read from the site file."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.appliances.consumers import Consumer
from simulators.appliances.hold import DemandResponseEvent
from simulators.appliances.planned import Appliance, Customers, Placement
from simulators.devices.behaviour.planned import PlannedBehaviour, UnknownDevice, refuse_unknown
from simulators.durations import DAY_NS, HOUR_NS
from simulators.equipment.planned import PlannedEquipment, moved
from simulators.faults.fault import Fault, FaultKind
from simulators.networks.named import profile_file
from simulators.noise import seed_of, uniform
from simulators.physics.solvers import DEFAULT, SolverName, missing_extra
from simulators.weather.model import Climate
from simulators.weather.sun import Place


class ScenarioInvalid(ValueError):
    """The simulation section of a site file cannot be read."""


class PlannedRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something a person asks for at a moment of the scenario."""

    at: datetime
    point: str
    value: float
    person: str
    reason: str

    @property
    def at_ns(self) -> int:
        """The moment, nanoseconds since 1970 UTC."""
        return _ns(self.at)


class _PlannedFault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    target: str
    kind: FaultKind
    onset: datetime
    end: datetime | None = None
    ramp_s: float = 0.0
    amount: float = 1.0
    seed: int | None = None


class _PlannedConsumer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    load: str
    onset: datetime
    end: datetime
    power_kw: float
    unevenness: float = 0.1


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[simulation]` section of a site file; a scenario file has the same keys at its top."""

    network: str
    """Name of a shipped network, or a network file or folder beside the file that names it."""
    start: datetime
    profiles: str = ""
    """Profiles beside that file, .npz or .csv; empty: those beside the network, else the shipped year."""
    seed: int = 1
    days: float = 1.0
    history_days: int = 90
    profile_from: datetime | None = None
    """Moment of the year of profiles with which the scenario begins; None for the same moment."""
    profile_weeks: int = 0
    """Each seed moves that moment by up to so many whole weeks, back or on."""
    climate: Climate = Climate()
    place: Place = Place()
    """Where the sun is seen from."""
    weather: str = ""
    """File of measured weather beside the file that names it; what it does not have the climate gives."""
    solver: SolverName = DEFAULT
    """What solves the grid; `opendss` for networks that differ from phase to phase."""
    open_step_s: float | None = None
    """Step of a run without control, seconds; None for the site's base tick, and 900 s without a site."""
    initial: dict[str, dict[str, float]] = {}
    behaviour: dict[str, PlannedBehaviour] = {}
    """How devices behave beyond their maps, by device."""
    fault: list[_PlannedFault] = []
    consumer: list[_PlannedConsumer] = []
    request: list[PlannedRequest] = []
    appliance: list[Appliance] = []
    event: list[DemandResponseEvent] = []
    customers: list[Customers] = []
    equipment: PlannedEquipment | None = None


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulator needs besides the site itself."""

    network: str
    """Name of a shipped network, or a file or folder seen from the site's folder."""
    start_ns: int
    """First moment, nanoseconds since 1970 UTC."""
    end_ns: int
    seed: int
    history_days: int
    """Days of history that a fresh gateway finds."""
    initial: dict[str, dict[str, float]]
    """Quantities of devices at the start, by device."""
    behaviour: dict[str, PlannedBehaviour] = {}
    """How devices behave beyond their maps, by device."""
    faults: tuple[Fault, ...]
    consumers: tuple[Consumer, ...]
    """Loads that the profiles do not have."""
    requests: tuple[PlannedRequest, ...]
    placement: Placement = Placement()
    """Appliances, what holds them back, and customers."""
    equipment: PlannedEquipment | None = None
    """Protection, insulation, wear and crews; None where nothing trips, ages or is repaired."""
    profile_shift_ns: int = 0
    """Added to the time at which profiles are looked up, nanoseconds."""
    climate: Climate = Climate()
    place: Place = Place()
    weather: str = ""
    """File of measured weather; empty: the model of the climate."""
    profiles: str = ""
    """File of the profiles; empty: the shipped year."""
    solver: SolverName = DEFAULT


def scenario_of(site: Site, *, seed: int | None = None) -> Scenario:
    """Read the scenario of a site; a given seed takes the place of the file's.

    Raises:
        ScenarioInvalid: the section is missing or wrong, or its solver not installed; the message names it.
    """
    try:
        section = msgspec.convert(site.simulation, Section)
        refuse_unknown(section.behaviour, (device.name for device in site.devices))
    except (msgspec.ValidationError, UnknownDevice) as error:
        raise ScenarioInvalid(f"simulation section of site {site.name}: {error}") from error
    if lacking := missing_extra(section.solver):
        raise ScenarioInvalid(f"simulation section of site {site.name}: {lacking}")
    start_ns = _ns(section.start)
    return Scenario(
        network=section.network,
        start_ns=start_ns,
        end_ns=start_ns + round(section.days * 86_400) * NANOSECONDS,
        seed=section.seed if seed is None else seed,
        history_days=section.history_days,
        initial=section.initial,
        behaviour=section.behaviour,
        faults=_faults(site, section),
        consumers=tuple(_consumer(one, section.seed if seed is None else seed) for one in section.consumer),
        requests=tuple(sorted(section.request, key=lambda request: request.at)),
        placement=Placement(
            appliances=tuple(section.appliance),
            events=tuple(section.event),
            customers=tuple(section.customers),
        ),
        equipment=_equipment(section),
        profile_shift_ns=_shift_ns(section, section.seed if seed is None else seed),
        climate=section.climate,
        place=section.place,
        weather=str(Path(site.folder) / section.weather) if section.weather else "",
        profiles=profile_file(section.network, section.profiles, Path(site.folder)),
        solver=section.solver,
    )


def _equipment(section: Section) -> PlannedEquipment | None:
    """Return the equipment; customers of `[[customers]]` are counted where it names none of its own."""
    if section.equipment is None or section.equipment.customers:
        return section.equipment
    behind: dict[str, int] = {}
    for group in section.customers:
        behind[group.load] = behind.get(group.load, 0) + group.number
    return msgspec.structs.replace(section.equipment, customers=behind)


def _faults(site: Site, section: Section) -> tuple[Fault, ...]:
    """Make the planned faults.

    Raises:
        ScenarioInvalid: some are impossible; each is listed.
    """
    made, errors = [], []
    for planned in section.fault:
        try:
            made.append(_fault(planned, section.seed))
        except ValueError as error:
            errors.append(f"simulation section of site {site.name}: {error}")
    if errors:
        raise ScenarioInvalid("\n".join(errors))
    return tuple(made)


def _shift_ns(section: Section, seed: int) -> int:
    """How far the profiles are moved: whole weeks keep the day of the week."""
    begin = section.start if section.profile_from is None else section.profile_from
    weeks = section.profile_weeks
    wander = int(uniform(seed_of(seed, "profile_weeks"), 0) * (2 * weeks + 1)) - weeks if weeks else 0
    return _ns(begin) - _ns(section.start) + wander * 7 * DAY_NS


def _fault(planned: _PlannedFault, seed: int) -> Fault:
    return Fault(
        target=planned.target,
        kind=planned.kind,
        onset_ns=_ns(planned.onset),
        ramp_s=planned.ramp_s,
        end_ns=None if planned.end is None else _ns(planned.end),
        amount=planned.amount,
        seed=seed if planned.seed is None else planned.seed,
    )


def _consumer(planned: _PlannedConsumer, seed: int) -> Consumer:
    return Consumer(
        name=planned.name,
        load=planned.load,
        begin_ns=_ns(planned.onset),
        end_ns=_ns(planned.end),
        power_kw=planned.power_kw,
        unevenness=planned.unevenness,
        seed=seed,
    )


def _ns(moment: datetime) -> int:
    return round(moment.timestamp()) * NANOSECONDS


def moved_to(scenario: Scenario, now_ns: int) -> Scenario:
    """Return the same scenario as if its day were today: for a field that runs in real time.

    It begins now; its faults, consumers and events keep their time of day, and nobody asks for anything. Its
    weather is modelled: what was measured is of another day.
    """
    days = (now_ns - scenario.start_ns) // DAY_NS
    shift_ns = days * DAY_NS
    faults = tuple(
        replace(
            fault,
            onset_ns=fault.onset_ns + shift_ns,
            end_ns=None if fault.end_ns is None else fault.end_ns + shift_ns,
        )
        for fault in scenario.faults
    )
    consumers = tuple(
        replace(one, begin_ns=one.begin_ns + shift_ns, end_ns=one.end_ns + shift_ns)
        for one in scenario.consumers
    )
    events = tuple(
        msgspec.structs.replace(
            one, begin=one.begin + timedelta(days=days), end=one.end + timedelta(days=days)
        )
        for one in scenario.placement.events
    )
    length_ns = scenario.end_ns - scenario.start_ns
    return msgspec.structs.replace(
        scenario,
        start_ns=now_ns,
        end_ns=now_ns + length_ns,
        faults=faults,
        equipment=moved(scenario.equipment, timedelta(days=days)),
        consumers=consumers,
        placement=replace(scenario.placement, events=events),
        requests=(),
        weather="",
    )


def shortened(scenario: Scenario, hours: float) -> Scenario:
    """Return the same scenario, ended after some hours."""
    return msgspec.structs.replace(scenario, end_ns=scenario.start_ns + round(hours * HOUR_NS))


def silent_devices(scenario: Scenario, now_ns: int) -> frozenset[str]:
    """Return the devices that do not answer at a moment."""
    return frozenset(
        fault.target for fault in scenario.faults if fault.kind is FaultKind.SILENT and fault.active(now_ns)
    )
