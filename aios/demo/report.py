"""The report of the demo's day: as it was lived on real clocks, beside the same day without control."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from aios.demo.heard import DayHeard
from aios.field.world_course import COURSE, read_course
from aios.folder import Folder
from aios.studies.cell import Request
from aios.studies.grid import planned
from aios.studies.happened import faults_of, weather_of
from aios.studies.report import write_report
from aios.studies.report.source import Held
from aios.studies.result import Digests, Measured, Outcome, RunResult, Table, kpi_digest, told
from aios.studies.run import execute
from aios.studies.scenario_file import read_scenario
from aios.studies.single import study_of
from aios.studies.study_file import Study, Variant
from aios.virtual.summary import Summary
from kernel.journal.commands import CommandJournal
from simulators.scenario import Scenario

REPORT: Final = "report.html"
WAIT_S: Final = 10.0
"""Real seconds in which the field writes the course of its world after the end of the day."""
WITHOUT, WITH = "no_control", "gateway"


class NoCourse(RuntimeError):
    """The field process did not write what its world did."""


def write_day(root: Path, site_file: Path, scenario: Scenario, heard: DayHeard, summary: Summary) -> Path:
    """Write the report of a day that has been lived.

    Args:
        root: folder of the run.
        site_file: of the run, as its processes read it.
        scenario: of the day.
        heard: what the gateway said.
        summary: of the day.

    Returns:
        The HTML file.

    Raises:
        NoCourse: the field did not write what happened.
    """
    study = day_study(site_file, scenario.seed)
    without, lived = planned(study)
    outcomes = (execute(without), _lived(root, lived, scenario, heard, summary))
    out = root / REPORT
    write_report(Held(study, (without, lived), outcomes), out)
    return out


def day_study(site_file: Path, seed: int) -> Study:
    """Return the day as a study of two runs: nobody in control, and the gateway."""
    day = site_file.with_name("day.toml")
    day.write_text(f'title = "The day of the demo"\nsite = "{site_file.name}"\n', encoding="utf-8")
    return study_of(
        read_scenario(day),
        seeds=(seed,),
        name="demo",
        title="A day of substation Nord",
        controllers=(Variant(name=WITHOUT, loops="none"), Variant(name=WITH)),
    )


def _lived(root: Path, request: Request, scenario: Scenario, heard: DayHeard, summary: Summary) -> Outcome:
    grid, tables = _course(root)
    sent = sum(summary.outcomes.values())
    values = {
        **grid,
        "commands": float(sent),
        "failed_commands": float(sent - summary.outcomes.get("done", 0)),
        "refused": float(sum(summary.refusals.values())),
        **heard.values(scenario.end_ns),
    }
    kpis = told(values)
    journal = CommandJournal(Folder(root=root).commands, read_only=True)
    head = journal.head
    journal.close()
    result = RunResult(
        run=request.run,
        labels=request.cell.labels,
        replicate=request.replicate,
        seed=request.seed,
        lineage=request.lineage,
        mode="live",
        kpis=kpis,
        unconverged_steps=int(values["unconverged_steps"]),
        unconverged_h=values["unconverged_h"],
        digests=Digests(kpis=kpi_digest(kpis, tables), journal=head),
        happenings=(*weather_of(scenario), *faults_of(scenario.faults), *heard.happenings()),
        alarms=heard.alarms(scenario.end_ns),
    )
    return Outcome(result=result, measured=Measured(seconds=0.0), tables=tables)


def _course(root: Path) -> tuple[dict[str, float], dict[str, Table]]:
    """Return what the field wrote at the end of the day; it may be a step behind."""
    until = time.monotonic() + WAIT_S
    while not (root / COURSE).exists():
        if time.monotonic() > until:
            raise NoCourse(f"the field wrote no {COURSE} in {root}; see its log")
        time.sleep(0.05)
    return read_course(root)
