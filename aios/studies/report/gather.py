"""From the folder of a study to the numbers of its report: estimates of cells, comparisons, runs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from aios.studies.cell import Cell, Labels
from aios.studies.compare import Comparison, NotComparable, compare
from aios.studies.records import RunRecord, StudyRecord, kpi_records, told_of
from aios.studies.report.document import CellFigures, Estimate, Figures, RunFigures
from aios.studies.report.source import Source
from aios.studies.result import AlarmCount, RunResult
from aios.studies.student import mean_and_half

Told = Callable[[int, int], None]
"""Hears how many runs are read, of how many."""
_OFTEN = 50


def gather(source: Source, told: Told = lambda _done, _of: None) -> tuple[Figures, dict[str, RunResult]]:
    """Read a study; return its numbers, and the results by run.

    Raises:
        NotAStudy: the folder holds none.
    """
    record = source.record()
    results: dict[str, RunResult] = {}
    for place, one in enumerate(record.runs):
        if place % _OFTEN == 0:
            told(place, len(record.runs))
        if (result := source.result_of(one.run)) is not None:
            results[one.run] = result
    told(len(record.runs), len(record.runs))
    cells = {name: source.cell(name) for name in dict.fromkeys(one.cell for one in record.runs)}
    told_now = {
        **msgspec.structs.asdict(record),
        "kpis": kpi_records(results.values()),
        "runs": tuple(run_figures(one, results.get(one.run)) for one in record.runs),
    }
    figures = Figures(
        **told_now,
        cells=tuple(_cell(name, cell, record, results) for name, cell in cells.items()),
        comparisons=tuple(_comparisons(record, results)),
    )
    return figures, results


def estimate(results: Sequence[RunResult], kpi: str) -> Estimate | None:
    """Return a KPI over runs; None where no run could tell it."""
    known = [(value, one.run) for one in results if (value := one.kpis.get(kpi)) is not None]
    if not known:
        return None
    mean, half = mean_and_half([value for value, _ in known])
    least, most = min(known), max(known)
    return Estimate(
        mean=mean,
        low=None if half is None else mean - half,
        high=None if half is None else mean + half,
        runs=len(known),
        least=least[0],
        least_run=least[1],
        most=most[0],
        most_run=most[1],
    )


def run_figures(record: RunRecord, result: RunResult | None) -> RunFigures:
    """Return what stands of one run in the report."""
    told = msgspec.structs.asdict(told_of(record, result))
    if result is None:
        return RunFigures(**told)
    return RunFigures(
        **told,
        unconverged_steps=result.unconverged_steps,
        unconverged_h=result.unconverged_h,
        kpis=result.kpis,
    )


def _cell(name: str, cell: Cell, record: StudyRecord, results: dict[str, RunResult]) -> CellFigures:
    runs = [one.run for one in record.runs if one.cell == name]
    there = [results[run] for run in runs if run in results]
    done = [one for one in there if not one.failed]
    names = dict.fromkeys(kpi for one in done for kpi in one.kpis)
    estimates = {kpi: found for kpi in names if (found := estimate(done, kpi)) is not None}
    return CellFigures(
        cell=name,
        labels=cell.labels,
        mode=next((one.mode for one in there), "closed" if cell.gateway else "open"),
        begins=str(cell.section.get("start", "")),
        lineage=cell.lineage,
        done=len(done),
        failed=len(there) - len(done),
        waiting=len(runs) - len(there),
        unconverged_runs=sum(bool(one.unconverged_steps) for one in done),
        unconverged_h=sum(one.unconverged_h for one in done),
        kpis=estimates,
        alarms=alarms_of(done),
    )


def alarms_of(results: Sequence[RunResult]) -> dict[str, AlarmCount]:
    """Return the mean of what alarms did in runs, by condition, the longest standing first."""
    seen = sorted({condition for one in results for condition in one.alarms})
    means = {
        name: AlarmCount(
            times=math.fsum(one.alarms[name].times for one in results if name in one.alarms) / len(results),
            stood_h=math.fsum(one.alarms[name].stood_h for one in results if name in one.alarms)
            / len(results),
        )
        for name in seen
    }
    return dict(sorted(means.items(), key=lambda one: -one[1].stood_h))


def _comparisons(record: StudyRecord, results: dict[str, RunResult]) -> Iterable[Comparison]:
    """Compare each cell with its baseline; a pair of cells without a common seed is left out."""
    by_cell: dict[str, list[RunResult]] = {}
    for one in record.runs:
        by_cell.setdefault(one.cell, [])
        if one.run in results:
            by_cell[one.cell].append(results[one.run])
    labels = {one.cell: one.labels for one in record.runs}
    for cell, base in baselines(labels, record.baseline).items():
        try:
            yield compare(by_cell[base], by_cell[cell], names=(base, cell))
        except NotComparable:
            continue


def baselines(labels: Mapping[str, Labels], controller: str) -> dict[str, str]:
    """Return the cell that each cell is compared with; one that is a baseline itself has none.

    Within a scenario that is the cell of the baseline controller, with the same policies and model where
    there is one. A study of one cell a scenario compares its scenarios with the first of them.

    Args:
        labels: of each cell by name, in the order of the study.
        controller: that others are compared with.
    """
    scenarios = list(dict.fromkeys(one.scenario for one in labels.values()))
    found: dict[str, str] = {}
    if len(labels) == len(scenarios):
        first, *others = labels
        return dict.fromkeys(others, first)
    for scenario in scenarios:
        within = {name: one for name, one in labels.items() if one.scenario == scenario}
        bases = [name for name, one in within.items() if one.controller == controller]
        if not bases:
            bases = list(within)[:1]
        for name, one in within.items():
            if name == bases[0]:
                continue
            same = [base for base in bases if _beside(within[base]) == _beside(one) and base != name]
            found[name] = same[0] if same else bases[0]
    return found


def _beside(labels: Labels) -> tuple[str, str]:
    return (labels.policies, labels.model)
