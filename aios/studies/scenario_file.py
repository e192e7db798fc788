"""`scenario.toml`: the world of a run. The rest it inherits from its site's `[simulation]` section.

title = "A winter week"
site = "nord"               # a shipped site, or a site file beside this one; without it nobody can control
start = 2016-12-12T00:00:00+01:00
days = 7
profile_from = 2016-12-12T00:00:00+01:00    # where in the year of profiles it begins; the same if not given
profile_weeks = 4           # each seed moves that begin by up to so many whole weeks, back or on
fault = []                  # takes the place of the site's faults

[[consumer]]
name = "depot"
load = "f13"
onset = 2016-12-14T02:00:00+01:00
end = 2016-12-14T07:00:00+01:00
power_kw = 2000.0
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

import aios
from aios.site import SiteInvalid, site_of
from aios.studies.findings import Finding, Place, Reading, StudyInvalid
from aios.studies.toml_text import toml_of
from kernel.site import Site
from simulators.appliances.placing import network_with
from simulators.appliances.planned import AppliancesInvalid
from simulators.couplings.felt import NotCoupled
from simulators.faults.couplings import measured_by_device
from simulators.networks.file import NetworkInvalid
from simulators.networks.named import network_named, profile_file
from simulators.networks.network import Network
from simulators.physics.solvers import DEFAULT, unfit
from simulators.profiles.named import profiles_in
from simulators.scenario import Scenario, ScenarioInvalid, Section, scenario_of
from simulators.skies import skies_of

SITES: Final = Path(aios.__file__).parent / "sites"
_OWN: Final = frozenset({"title", "site", "inherit"})
"""Keys of the file that are no keys of a `[simulation]` section."""


class ScenarioFile(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as read: the site's text and folder, and the whole section that holds for the run."""

    path: Path
    title: str
    site_path: Path | None
    """None where there is no site: then nobody can control."""
    site_text: str
    section: dict[str, Any]
    """Tables of the `[simulation]` section, what is inherited included."""
    network: str
    """Text of the network file."""
    weather: str = ""
    """Text of the file of measured weather; empty without one."""


def read_scenario(path: Path) -> ScenarioFile:
    """Read a scenario file.

    Raises:
        StudyInvalid: with every mistake and its line.
        FileNotFoundError: there is no such file.
    """
    reading = Reading(path)
    if reading.findings:
        raise StudyInvalid(reading.findings)
    site_path, site_text = _site_file(reading)
    site = _site(reading, site_path, site_text)
    own = {key: value for key, value in reading.tables.items() if key not in _OWN}
    inherited = dict(site.simulation) if site is not None and reading.tables.get("inherit", True) else {}
    section = inherited | own
    reading.struct(Section, own, partly=True)
    if not reading.findings:
        _require(reading, section)
    network = None if reading.findings else _network(reading, section, own, site_path)
    if network is not None and not reading.findings:
        section["profiles"] = _profiles(reading, section, own, site_path, network[1])
        _check_world(reading, site, section, own, network[1])
    weather = "" if reading.findings else _weather(reading, section, own, site_path)
    if reading.findings or network is None:
        raise StudyInvalid(reading.findings)
    return ScenarioFile(
        path=path,
        title=str(reading.tables.get("title", path.stem)),
        site_path=site_path,
        site_text=site_text,
        section=section,
        network=network[0],
        weather=weather,
    )


def is_scenario(path: Path) -> bool:
    """Tell a scenario file from a site file, which has a `[site]` table."""
    return not isinstance(Reading(path).tables.get("site"), dict)


def scenario_site(scenario: ScenarioFile) -> tuple[Site, str]:
    """Return the site of a scenario with the scenario's world around it, and the text of its file.

    Raises:
        StudyInvalid: the scenario has no site.
    """
    if scenario.site_path is None:
        words = 'a scenario without a site has no gateway: run it in a study, with loops = "none"'
        raise StudyInvalid([Finding(file=str(scenario.path), line=1, where="file", text=words)])
    beside = scenario.path.parent.resolve() / str(scenario.section["network"])
    network = {"network": str(beside)} if beside.is_file() else {}
    raw = tomllib.loads(scenario.site_text) | {"simulation": {**scenario.section, **network}}
    text = toml_of(raw)
    return site_of(text, file=str(scenario.path), folder=scenario.site_path.parent), text


def empty_site(name: str) -> Site:
    """Return a site without anything: for a world that nobody controls."""
    return Site(
        name=name, title=name, base_tick_s=60.0, assets=(), points=(), devices=(), loops=(), digest=""
    )


def _site_file(reading: Reading) -> tuple[Path | None, str]:
    named = reading.tables.get("site")
    if named is None:
        return None, ""
    if not isinstance(named, str):
        reading.say(("site",), f"site is the name of a shipped site or a file beside this one, not {named!r}")
        return None, ""
    beside, shipped = reading.path.parent / named, SITES / f"{named}.toml"
    found = beside if beside.is_file() else shipped
    if not found.is_file():
        known = ", ".join(sorted(one.stem for one in SITES.glob("*.toml")))
        reading.say(("site",), f"there is no site file {named} beside this file; shipped sites are {known}")
        return None, ""
    return found, found.read_text(encoding="utf-8")


def _site(reading: Reading, path: Path | None, text: str) -> Site | None:
    if path is None:
        return None
    try:
        return site_of(text, file=str(path), folder=path.parent)
    except SiteInvalid as invalid:
        reading.findings += [
            Finding(file=str(path), line=f.line, where=f.where, text=f.text) for f in invalid.findings
        ]
        return None


def _require(reading: Reading, section: dict[str, Any]) -> None:
    missing = [f.name for f in msgspec.structs.fields(Section) if f.required and f.name not in section]
    for name in missing:
        reading.say((), f"{name} is missing, and no site's [simulation] section has it")


def _network(
    reading: Reading, section: dict[str, Any], own: dict[str, Any], site_path: Path | None
) -> tuple[str, Network] | None:
    """Return the text of the network file and what it says; a path counts from the file that names it."""
    folder = reading.path.parent if "network" in own or site_path is None else site_path.parent
    try:
        return network_named(str(section["network"]), folder)
    except FileNotFoundError:
        reading.say(("network",), f"there is no network {section['network']}, shipped or beside {folder}")
    except NetworkInvalid as invalid:
        for error in invalid.errors:
            reading.say(("network",), f"{invalid.path}: {error}")
    return None


def _profiles(
    reading: Reading, section: dict[str, Any], own: dict[str, Any], site_path: Path | None, network: Network
) -> str:
    """Return the file of the profiles, whole; a path counts from the file that names it or its network."""
    named = str(section.get("profiles", ""))
    here = "profiles" in own or (not named and "network" in own)
    folder = reading.path.parent if here or site_path is None else site_path.parent
    path = profile_file(str(section["network"]), named, folder)
    try:
        missing = sorted(network.followed - set(profiles_in(path).names))
    except (OSError, ValueError) as wrong:
        reading.say(("profiles",), str(wrong))
        return path
    if missing:
        place = path or "the shipped year"
        reading.say(("profiles",), f"the network follows {', '.join(missing)}, which {place} does not have")
    return path


def _weather(reading: Reading, section: dict[str, Any], own: dict[str, Any], site_path: Path | None) -> str:
    """Return the text of the measured weather; its path, from the file that names it, is made whole."""
    if not section.get("weather"):
        return ""
    folder = reading.path.parent if "weather" in own or site_path is None else site_path.parent
    path = (folder / str(section["weather"])).resolve()
    section["weather"] = str(path)
    try:
        skies_of(scenario_of(msgspec.structs.replace(empty_site(""), simulation=section)))
        return path.read_text(encoding="utf-8")
    except (OSError, ScenarioInvalid) as wrong:
        for line in str(wrong).splitlines():
            reading.say(("weather",), line)
    return ""


def _check_world(
    reading: Reading, site: Site | None, section: dict[str, Any], own: dict[str, Any], network: Network
) -> None:
    """Hold solver, faults, consumers, devices and requests against site and network, each by itself."""
    if why := unfit(network, section.get("solver", DEFAULT)):
        reading.say(("solver",), why)
    place_site = site or empty_site(reading.path.stem)
    network = _placed(reading, place_site, section, network)
    for place, part in _parts(section, own):
        alone = {key: section[key] for key in ("network", "start") if key in section} | part
        try:
            scenario = scenario_of(msgspec.structs.replace(place_site, simulation=alone))
            for words in _misfits(scenario, place_site, network):
                reading.say(place, words)
        except (ScenarioInvalid, ValueError) as error:
            reading.say(place, str(error))


def _placed(reading: Reading, site: Site, section: dict[str, Any], network: Network) -> Network:
    """Hold appliances, events and customers against the network and each other; put in what fits."""
    keys = ("network", "start", "appliance", "event", "customers")
    part = {key: section[key] for key in keys if key in section}
    try:
        scenario = scenario_of(msgspec.structs.replace(site, simulation=part))
        return network_with(network, scenario.placement)
    except AppliancesInvalid as wrong:
        for error in wrong.errors:
            reading.say(("appliance",), error)
    except (ScenarioInvalid, ValueError):
        pass  # said where each stands by itself
    return network


def _parts(section: dict[str, Any], own: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield each element of each list, with where it stands; what is inherited stands at `site`."""
    for key, value in section.items():
        if isinstance(value, list):
            for number, one in enumerate(value):
                yield ((key, number) if key in own else ("site",)), {key: [one]}
        elif key == "initial":
            yield ((key,) if key in own else ("site",)), {key: value}


def _misfits(scenario: Scenario, site: Site, network: Network) -> Iterator[str]:
    """Say what of a scenario refers to nothing."""
    devices = {device.name for device in site.devices}
    loads = {load.name for load in network.loads}
    try:
        measured_by_device(site, network, {}, scenario.faults)
    except NotCoupled as wrong:
        yield from wrong.errors
    for consumer in scenario.consumers:
        if consumer.load not in loads:
            yield f"consumer {consumer.name}: the network has no load {consumer.load}"
    for device in scenario.initial:
        if device not in devices:
            yield f"initial: the site has no device {device}"
    for request in scenario.requests:
        if request.point not in site.row:
            yield f"request of {request.person}: the site has no point {request.point}"
