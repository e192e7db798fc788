"""The grid: from a study to the runs that it asks for, each whole in itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import msgspec

from aios.gateway.compose import bundle_of
from aios.plugins import file_of
from aios.site import SiteInvalid, site_of
from aios.site.lines import Lines
from aios.studies.cell import NETWORK, WEATHER, Cell, Labels, Request, laid_out
from aios.studies.findings import Finding, StudyInvalid
from aios.studies.lineage import digest_of
from aios.studies.measured_cost import measured_cost
from aios.studies.provenance import lineage_of
from aios.studies.scenario_file import ScenarioFile
from aios.studies.study_file import MEASURED, LoopChange, Policies, Study, Thinks, Variant
from aios.studies.toml_text import toml_of
from aios.studies.variants import Files, kind_within, variant_digest, with_policies, with_variant

Costs = dict[str, Thinks]
"""What steps of agents cost, measured: by scenario, agent, kind and settings, so that all cells have one."""


def planned(study: Study) -> tuple[Request, ...]:
    """Return every run of a study once, cell by cell.

    Raises:
        StudyInvalid: a controller, model or set of policies does not fit a site, two cells are one, or what
            would be compared does not step alike.
    """
    findings = list(_unlike_steps(study))
    cells: dict[str, Cell] = {}
    for cell in _cells(study, findings):
        twin = cells.setdefault(cell.lineage.run, cell)
        if twin is not cell:
            findings.append(_twins(study, twin.labels, cell.labels))
    if findings:
        raise StudyInvalid(findings)
    return tuple(
        Request(cell=cell, replicate=replicate, seed=seed)
        for cell in cells.values()
        for replicate, seed in enumerate(study.file.seeds)
    )


def _twins(study: Study, one: Labels, other: Labels) -> Finding:
    """Say that two cells would be the same runs: under the second name nobody would find them."""
    axes = ("scenario", "controller", "policies", "model")
    axis = next(axis for axis in axes if getattr(one, axis) != getattr(other, axis))
    first, second = getattr(one, axis), getattr(other, axis)
    words = f"in {other.words} it is what {first} is, run by run: leave one of them out"
    return _finding(study, axis, second, words)


def _unlike_steps(study: Study) -> Iterator[Finding]:
    """Find runs without control that would step otherwise than the gateways that they are compared with."""
    if {controller.loops == "none" for controller in study.file.controller} != {True, False}:
        return
    for scenario in study.scenarios.values():
        step_s = scenario.section.get("open_step_s")
        if scenario.site_text and step_s is not None and step_s != _base_tick_s(scenario):
            words = (
                f"nobody would step by {step_s:g} s, the gateway by {_base_tick_s(scenario):g} s: "
                "their worlds would differ by more than the control; leave it out"
            )
            yield Finding(
                file=str(scenario.path),
                line=Lines(scenario.path.read_text("utf-8")).line(("open_step_s",)),
                where="open_step_s",
                text=words,
            )


def _base_tick_s(scenario: ScenarioFile) -> float:
    """Return the tick of a scenario's gateway; a quarter-hour where it can have none."""
    return float(tomllib.loads(scenario.site_text)["site"]["base_tick_s"]) if scenario.site_text else 900.0


def _with_measured(
    study: Study, scenario: ScenarioFile, variant: Variant, findings: list[Finding], costs: Costs
) -> Variant:
    """Return a variant whose costs that shall be measured here are numbers; each is measured once."""
    loops: list[LoopChange] = []
    for change in variant.loop:
        if change.thinks is not None and change.thinks.cost_s == MEASURED:
            key = digest_of([str(scenario.path), change.agent, change.kind, change.settings])
            if key not in costs:
                at_once = msgspec.structs.replace(change, thinks=Thinks(cost_s=0.0))
                alone = msgspec.structs.replace(variant, loop=(*loops, at_once))
                costs[key] = _cost(study, scenario, alone, findings)
            loops.append(msgspec.structs.replace(change, thinks=costs[key]))
        else:
            loops.append(change)
    return msgspec.structs.replace(variant, loop=tuple(loops))


def _cost(study: Study, scenario: ScenarioFile, alone: Variant, findings: list[Finding]) -> Thinks:
    """Measure what the last loop of a variant costs; where that cannot be, say so."""
    agent = alone.loop[-1].agent
    cell = _raw_cell(study, "measure", scenario, (alone, Policies(name="site"), Variant(name="site")))
    try:
        return measured_cost(cell, agent)
    except (SiteInvalid, ValueError, LookupError) as error:
        axis = "controller" if alone.name in {one.name for one in study.file.controller} else "model"
        words = f"what {agent} costs cannot be measured: {error}"
        findings.append(_finding(study, axis, alone.name, words))
        return Thinks(cost_s=0.0)


def _cells(study: Study, findings: list[Finding]) -> Iterator[Cell]:
    file, costs = study.file, Costs()
    for (name, scenario), controller in product(study.scenarios.items(), file.controller):
        if controller.loops == "none":
            yield _open_cell(name, scenario, controller)
        elif scenario.site_path is None:
            words = f'scenario {name} has no site: only a controller with loops = "none" can run it'
            findings.append(_finding(study, "controller", controller.name, words))
        else:
            measured = _with_measured(study, scenario, controller, findings, costs)
            models = [_with_measured(study, scenario, model, findings, costs) for model in file.model]
            for policies, model in product(file.policies, models):
                cell = _closed_cell(study, name, scenario, (measured, policies, model), findings)
                if cell is not None:
                    yield cell


def _open_cell(name: str, scenario: ScenarioFile, controller: Variant) -> Cell:
    """Make a cell without control: the same world with its devices, stepped as the gateway would step it."""
    raw = tomllib.loads(scenario.site_text)
    for of_gateways in ("simulation", "loop"):
        raw.pop(of_gateways, None)
    site = toml_of(raw) if raw else ""
    files = _own_files(raw, scenario)
    return Cell(
        open_step_s=float(scenario.section.get("open_step_s") or _base_tick_s(scenario)),
        labels=Labels(scenario=name, controller=controller.name),
        lineage=lineage_of(scenario, site=site, files=files, controller=digest_of("none")),
        site=site,
        gateway=False,
        section=_with_plain_times(scenario.section),
        files=files,
    )


def _closed_cell(
    study: Study,
    name: str,
    scenario: ScenarioFile,
    parts: tuple[Variant, Policies, Variant],
    findings: list[Finding],
) -> Cell | None:
    """Make a cell; where its site has mistakes, say so at the controller's entry."""
    return _checked(study, _raw_cell(study, name, scenario, parts), parts[0], findings)


def _raw_cell(
    study: Study, name: str, scenario: ScenarioFile, parts: tuple[Variant, Policies, Variant]
) -> Cell:
    """Make a cell whose policies nobody has looked up."""
    controller, policies, model = parts
    folder = study.path.parent
    raw, files = with_variant(tomllib.loads(scenario.site_text), model, folder)
    raw, more = with_variant(raw, controller, folder)
    raw = with_policies(raw, policies)
    raw.pop("simulation", None)
    site = toml_of(raw)
    files = {**_own_files(raw, scenario), **files, **more}
    return Cell(
        labels=Labels(scenario=name, controller=controller.name, policies=policies.name, model=model.name),
        lineage=lineage_of(
            scenario,
            site=site,
            files=files,
            controller=variant_digest(controller, folder),
            model=variant_digest(model, folder),
        ),
        site=site,
        section=_with_plain_times(scenario.section),
        files=files,
    )


def _checked(study: Study, cell: Cell, controller: Variant, findings: list[Finding]) -> Cell | None:
    """Read the changed site as a run will, and take the revision of its policies into the lineage."""
    text = Request(cell=cell, replicate=0, seed=0).site_text
    try:
        with laid_out(cell) as folder:
            revision = bundle_of(site_of(text, folder=folder)).revision
    except SiteInvalid as invalid:
        for found in invalid.findings:
            words = f"{cell.labels.words}: {found.where}: {found.text}"
            findings.append(_finding(study, "controller", controller.name, words))
        return None
    except (ValueError, LookupError) as error:
        findings.append(_finding(study, "controller", controller.name, f"{cell.labels.words}: {error}"))
        return None
    lineage = msgspec.structs.replace(cell.lineage, policies=revision)
    return msgspec.structs.replace(cell, lineage=lineage)


def _own_files(raw: dict[str, Any], scenario: ScenarioFile) -> Files:
    """Return the texts of the world and those that the site file itself names: register maps and agents."""
    folder = Path() if scenario.site_path is None else scenario.site_path.parent
    names = {str(device["map"]) for device in raw.get("device", []) if str(device["map"]).endswith(".toml")}
    names |= {str(path) for loop in raw.get("loop", []) if (path := file_of(kind_within(loop))) is not None}
    world = {NETWORK: scenario.network} | ({WEATHER: scenario.weather} if scenario.weather else {})
    own = {name: (folder / name).read_text("utf-8") for name in sorted(names) if (folder / name).is_file()}
    return world | own


def _with_plain_times(section: dict[str, Any]) -> dict[str, Any]:
    """Return a section as JSON would give it back: what is kept on disk and what is sent are the same."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(section))
    return plain


def _finding(study: Study, axis: str, name: str, text: str) -> Finding:
    entries = getattr(study.file, axis)
    place = next((number for number, entry in enumerate(entries) if entry.name == name), 0)
    return Finding(
        file=str(study.path), line=Lines(study.text).line((axis, place)), where=f"{axis}[{place}]", text=text
    )
