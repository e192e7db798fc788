"""`adversary.toml`: which faults may be bought for how much, and what they are to spoil.

[adversary]
scenario = "winter.toml"    # a scenario, or a site file, beside this file
objective = "peak_kw"       # a KPI; the adversary wants it worse
budget = 3.0
evaluations = 60            # runs
onsets = 24                 # moments, evenly through the scenario, at which a fault may begin
seed = 1

[[fault]]                   # may be bought once
kind = "stuck"
target = "meter_grid"
cost = 1.0
amount = 1.0
lasts_s = 7200.0
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from aios.studies.cell import Request
from aios.studies.findings import Reading, StudyInvalid
from aios.studies.grid import planned
from aios.studies.provenance import scenario_digest
from aios.studies.run import execute
from aios.studies.scenario_file import ScenarioFile, read_scenario
from aios.studies.study_file import Head, ScenarioEntry, Study, StudyFile, Variant
from aios.studies.toml_text import toml_of
from simulators.faults.adversary import Found, Objective, Option, Rules
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.indicators.table import KPIS

NETWORK: Final = "network.toml"
WORST: Final = "worst.toml"
_NS: Final = 1_000_000_000


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `[adversary]` section."""

    scenario: str
    objective: str
    budget: float
    evaluations: int = 60
    onsets: int = 24
    seed: int = 1


class Priced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault that may be bought."""

    kind: FaultKind
    target: str
    cost: float = 1.0
    amount: float = 1.0
    lasts_s: float = 3600.0
    ramp_s: float = 0.0


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    adversary: Section
    fault: tuple[Priced, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A search that can be run."""

    path: Path
    section: Section
    scenario: ScenarioFile
    request: Request
    """The run without bought faults."""
    rules: Rules


def load_plan(path: Path, *, budget: float | None = None, evaluations: int | None = None) -> Plan:
    """Read an adversary and the scenario that it attacks; a given budget takes the place of the file's.

    Raises:
        StudyInvalid: with every mistake and its line.
        FileNotFoundError: there is no such file.
    """
    reading = Reading(path)
    file = reading.struct(_File, reading.tables) if not reading.findings else None
    if file is None:
        raise StudyInvalid(reading.findings)
    head = msgspec.structs.replace(
        file.adversary,
        budget=file.adversary.budget if budget is None else budget,
        evaluations=file.adversary.evaluations if evaluations is None else evaluations,
    )
    if head.objective not in KPIS or not KPIS[head.objective].better:
        known = sorted(name for name, kpi in KPIS.items() if kpi.better)
        reading.say(("adversary", "objective"), f"no KPI that can get worse; there are {', '.join(known)}")
    scenario = _scenario(reading, head)
    if scenario is None or reading.findings:
        raise StudyInvalid(reading.findings)
    request = _request(path, scenario)
    return Plan(
        path=path,
        section=head,
        scenario=scenario,
        request=request,
        rules=_rules(reading, head, file, request),
    )


def objective_of(plan: Plan, told: Callable[[], None] = lambda: None) -> Objective:
    """Return what a sequence does to the KPI: more is worse; NaN where the run failed or has no such KPI."""
    sign = 1.0 if KPIS[plan.section.objective].better == "less" else -1.0

    def objective(faults: tuple[Fault, ...]) -> float:
        result = execute(attacked(plan.request, faults)).result
        told()
        value = result.kpis.get(plan.section.objective)
        return float("nan") if value is None or result.failed else sign * value

    return objective


def attacked(request: Request, faults: tuple[Fault, ...]) -> Request:
    """Return a run with more faults; what is in the lineage changes with them."""
    section = {
        **request.cell.section,
        "fault": [*request.cell.section.get("fault", []), *map(_table, faults)],
    }
    lineage = msgspec.structs.replace(request.cell.lineage, scenario=scenario_digest(section))
    return msgspec.structs.replace(
        request, cell=msgspec.structs.replace(request.cell, section=section, lineage=lineage)
    )


def write_worst(plan: Plan, found: Found, folder: Path) -> Path:
    """Write the worst sequence as a scenario that runs exactly as it did in the search.

    Returns:
        The scenario file; the network lies beside it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    section = attacked(plan.request, found.faults).cell.section
    site = {} if plan.scenario.site_path is None else {"site": str(plan.scenario.site_path.resolve())}
    tables: dict[str, Any] = {
        "title": f"The worst for {plan.section.objective} that {found.cost:g} buys",
        **site,
        "inherit": False,
        **section,
        "network": NETWORK,
        "seed": plan.request.seed,
    }
    (folder / NETWORK).write_text(plan.scenario.network, encoding="utf-8")
    path = folder / WORST
    path.write_text(toml_of(tables), encoding="utf-8")
    return path


def _scenario(reading: Reading, head: Section) -> ScenarioFile | None:
    try:
        return read_scenario(reading.path.parent / head.scenario)
    except FileNotFoundError:
        reading.say(("adversary", "scenario"), f"there is no file {head.scenario} beside this one")
    except StudyInvalid as invalid:
        reading.findings.extend(invalid.findings)
    return None


def _request(path: Path, scenario: ScenarioFile) -> Request:
    """Return the one run of a scenario with its own site and seed."""
    loops = "site" if scenario.site_path is not None else "none"
    file = StudyFile(
        study=Head(name="adversary", seeds=(int(scenario.section.get("seed", 1)),)),
        scenario=(ScenarioEntry(name="attacked", file=scenario.path.name),),
        controller=(Variant(name=loops, loops="none" if loops == "none" else "site"),),
    )
    study = Study(path=path, text="", file=file, scenarios={"attacked": scenario})
    return planned(study)[0]


def _rules(reading: Reading, head: Section, file: _File, request: Request) -> Rules:
    section = request.cell.section
    start_ns = round(_moment(section["start"]).timestamp()) * _NS
    length_ns = round(float(section.get("days", 1.0)) * 86_400) * _NS
    try:
        return Rules(
            options=tuple(Option(**msgspec.structs.asdict(priced)) for priced in file.fault),
            onsets_ns=tuple(start_ns + length_ns * place // head.onsets for place in range(head.onsets)),
            budget=head.budget,
            evaluations=head.evaluations,
            seed=head.seed,
        )
    except ValueError as wrong:
        reading.say(("adversary",), str(wrong))
        raise StudyInvalid(reading.findings) from wrong


def _moment(told: str | datetime) -> datetime:
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


def _table(fault: Fault) -> dict[str, Any]:
    """Return a fault as it stands in a scenario."""
    table: dict[str, Any] = {
        "kind": str(fault.kind),
        "target": fault.target,
        "onset": _text(fault.onset_ns),
        "amount": fault.amount,
        "seed": fault.seed,
    }
    if fault.ramp_s:
        table["ramp_s"] = fault.ramp_s
    return table if fault.end_ns is None else table | {"end": _text(fault.end_ns)}


def _text(moment_ns: int) -> str:
    return datetime.fromtimestamp(moment_ns / _NS, UTC).isoformat()
