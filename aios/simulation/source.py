"""What a simulation is made of: a site, the text that its journal keeps, and the scenario of its world."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from aios.plugins import FILE
from aios.site import site_of
from aios.studies.scenario_file import SITES, ScenarioFile, is_scenario, read_scenario, scenario_site
from aios.studies.toml_text import toml_of
from kernel.point import NANOSECONDS
from kernel.site import Site
from simulators.faults.fault import Fault
from simulators.scenario import Scenario, scenario_of

_FILES: Final = ("profiles", "weather")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Everything that a run follows from, but for what is asked of it."""

    site: Site
    text: str
    """Of the site file."""
    scenario: Scenario

    def with_fault(self, fault: Fault) -> Source:
        """Return the same with one more fault."""
        faults = (*self.scenario.faults, fault)
        return replace(self, scenario=msgspec.structs.replace(self.scenario, faults=faults))


def source_of(given: str | Path | ScenarioFile, *, seed: int | None, changes: Mapping[str, Any]) -> Source:
    """Read what a simulation is made of, as `aios simulate` does.

    Args:
        given: a scenario file, a site file, the name of a shipped site, or a scenario that was read.
        seed: of the world; None for that of the file.
        changes: tables of the site file and keys of its `[simulation]` section that take the place of those
            of the file; see `changed`. `start` may be `HH:MM` of the first day.

    Raises:
        ValueError: `start` is no moment.
        FileNotFoundError: there is no such file; the message names the shipped sites.
        StudyInvalid, SiteInvalid, ScenarioInvalid: with every mistake.
    """
    site, text = _read(given)
    if changes:
        if "start" in changes:
            changes = {**changes, "start": _moment(changes["start"], site)}
        # A path that is given here counts from here, as everywhere in Python; one in a file from that file.
        changes = {
            **changes,
            **{key: str(Path(changes[key]).resolve()) for key in _FILES if changes.get(key)},
        }
        text = toml_of(changed(tomllib.loads(text), changes, base_tick_s=site.base_tick_s))
        site = site_of(text, file=site.name, folder=Path(site.folder))
    return Source(site=site, text=text, scenario=scenario_of(site, seed=seed))


def changed(tables: Mapping[str, Any], changes: Mapping[str, Any], *, base_tick_s: float) -> dict[str, Any]:
    """Return the tables of a site file with some of them changed.

    Args:
        tables: of the site file.
        changes: `controller`, a Python file with `make(spec, site)`, takes the place of the loops that
            control; `settings` are its own; `loops` names the agents of the site that stay; everything else
            is a key of the `[simulation]` section.
        base_tick_s: how often a controller steps.

    >>> site = {"loop": [{"agent": "a"}, {"agent": "b"}], "simulation": {"days": 1.0}}
    >>> changed(site, {"loops": ["b"], "days": 2.0}, base_tick_s=60.0)
    {'loop': [{'agent': 'b'}], 'simulation': {'days': 2.0}}
    """
    rest = dict(changes)
    controller, settings = rest.pop("controller", None), rest.pop("settings", None)
    stay = rest.pop("loops", None)
    loops = [loop for loop in tables.get("loop", []) if stay is None or loop["agent"] in stay]
    if controller is not None:
        path = Path(controller).resolve()
        own = {
            "agent": path.stem,
            "kind": f"{FILE}{path}",
            "period_s": base_tick_s,
            "deadline_s": base_tick_s,
        }
        own |= {"priority": "control", "settings": dict(settings or {})}
        loops = [*(loop for loop in loops if loop.get("priority", "control") != "control"), own]
    return {**tables, "loop": loops, "simulation": {**tables.get("simulation", {}), **rest}}


def _moment(given: str | datetime, site: Site) -> datetime:
    """Return a moment: ISO 8601, or `HH:MM` of the first day; in the site's zone where it names none.

    Raises:
        ValueError: it is neither.
    """
    zone = ZoneInfo(site.time_zone)
    words = given.isoformat() if isinstance(given, datetime) else given
    if len(words) <= len("HH:MM:SS"):
        day = datetime.fromtimestamp(scenario_of(site).start_ns / NANOSECONDS, zone).date()
        words = f"{day}T{words}"
    found = datetime.fromisoformat(words)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _read(given: str | Path | ScenarioFile) -> tuple[Site, str]:
    if isinstance(given, ScenarioFile):
        return scenario_site(given)
    path = Path(given)
    if not path.exists():
        path = SITES / f"{given}.toml"
    if not path.is_file():
        known = ", ".join(sorted(one.stem for one in SITES.glob("*.toml")))
        raise FileNotFoundError(2, "no site or scenario file", f"{given}; shipped sites are {known}")
    if is_scenario(path):
        return scenario_site(read_scenario(path))
    text = path.read_text(encoding="utf-8")
    return site_of(text, file=str(path), folder=path.parent), text
