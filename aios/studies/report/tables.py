"""The tables of the page: KPIs by cell with intervals, differences with a verdict, flags for missing time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from aios.studies.compare import Comparison, Difference
from aios.studies.report.document import CellFigures, Estimate, Figures
from aios.studies.report.groups import are_twins, by_scenario, short_name
from aios.studies.report.kpi_groups import grouped
from aios.studies.report.numbers import half, number, signed
from simulators.indicators.table import kpi_of

ANSWERED = ("detection_days", "missed_faults", "repair_orders", "false_orders")
"""KPIs that hold orders against faults."""
NOTICEABLE = 1e-3
"""Share of the baseline below which a difference without an interval is not worth a line."""


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A difference from the baseline, in words."""

    difference: str
    half: str
    percent: str
    verdict: str
    pairs: int


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One KPI of one cell."""

    mean: str
    half: str
    exact: str
    estimate: Estimate
    least: str
    most: str
    change: Change | None
    known_of: str
    """Such as `3 of 5`, where not every run could tell it."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One KPI."""

    kpi: str
    unit: str
    words: str
    better: str
    entries: tuple[Entry | None, ...]


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """The cells that stand side by side: those of one scenario, or the scenarios of one controller."""

    scenario: str
    title: str
    cells: tuple[CellFigures, ...]
    heads: tuple[str, ...]
    flags: tuple[str, ...]
    """Of each cell what is missing of its runs; empty where nothing is."""
    groups: dict[str, tuple[Row, ...]]
    zero: tuple[str, ...]
    """KPIs that are zero in every run."""
    clear: tuple[tuple[str, Difference], ...]
    """Differences without doubt; where nothing has an interval, all that are worth a look."""
    alone: bool
    """Whether nothing has an interval: one pair says nothing of spread."""
    base: str


def panels(figures: Figures) -> tuple[Panel, ...]:
    """Return the tables of a report."""
    if are_twins(figures):
        return (_panel(figures, "", "Scenarios side by side", figures.cells, twins=True),)
    return tuple(
        _panel(figures, scenario, f"Scenario {scenario}", cells, twins=False)
        for scenario, cells in by_scenario(figures).items()
    )


def answers(figures: Figures) -> tuple[tuple[CellFigures, tuple[Entry | None, ...]], ...]:
    """Return what `ANSWERED` counts of each cell whose gateway writes orders."""
    return tuple(
        (cell, tuple(_entry(cell, name, None) for name in ANSWERED))
        for cell in figures.cells
        if "repair_orders" in cell.kpis
    )


def flag(cell: CellFigures) -> str:
    """Say what is missing of the runs of a cell; empty where nothing is."""
    words = []
    if cell.unconverged_runs:
        words.append(
            f"{cell.unconverged_runs} of {cell.done} runs had time without a solution, "
            f"{number(cell.unconverged_h)} h in all: it is in no sum"
        )
    if cell.failed:
        words.append(f"{cell.failed} runs failed and are in no number")
    if cell.waiting:
        words.append(f"{cell.waiting} runs are still waited for")
    return "; ".join(words)


def _panel(
    figures: Figures, scenario: str, title: str, cells: Sequence[CellFigures], *, twins: bool
) -> Panel:
    heads = tuple(short_name(cell, twins=twins) for cell in cells)
    mine = {cell.cell for cell in cells}
    against = {one.b: one for one in figures.comparisons if one.b in mine}
    names = [name for name in figures.kpis if any(name in cell.kpis for cell in cells)]
    zero = [name for name in names if _is_zero(cells, name)]
    groups = {
        group: tuple(_row(figures, name, cells, against) for name in within if name not in zero)
        for group, within in grouped(names).items()
    }
    named = dict(zip((cell.cell for cell in cells), heads, strict=True))
    alone = bool(against) and all(one.pairs == 1 for one in against.values())
    clear = tuple(_clear(against.values(), named, alone=alone))
    base = next((named.get(one.a, "") for one in against.values()), "")
    return Panel(
        scenario=scenario,
        title=title,
        cells=tuple(cells),
        heads=heads,
        flags=tuple(flag(cell) for cell in cells),
        groups={group: rows for group, rows in groups.items() if rows},
        zero=tuple(zero),
        clear=clear,
        alone=alone,
        base=base,
    )


def _is_zero(cells: Sequence[CellFigures], name: str) -> bool:
    there = [cell.kpis[name] for cell in cells if name in cell.kpis]
    return all(one.least == 0.0 == one.most for one in there)


def _clear(
    comparisons: Iterable[Comparison], named: dict[str, str], *, alone: bool
) -> Iterator[tuple[str, Difference]]:
    for one in comparisons:
        for difference in one.differences:
            noticeable = abs(difference.difference) > NOTICEABLE * abs(difference.a)
            worth = noticeable and bool(kpi_of(difference.kpi).better) if alone else bool(difference.verdict)
            if worth and difference.kpi not in {"steps", "balance_error"}:
                yield named[one.b], difference


def _row(figures: Figures, name: str, cells: Sequence[CellFigures], against: dict[str, Comparison]) -> Row:
    kpi = figures.kpis[name]
    return Row(
        kpi=name,
        unit=kpi.unit,
        words=kpi.words,
        better=kpi.better,
        entries=tuple(_entry(cell, name, against.get(cell.cell)) for cell in cells),
    )


def _entry(cell: CellFigures, name: str, comparison: Comparison | None) -> Entry | None:
    found = cell.kpis.get(name)
    if found is None:
        return None
    return Entry(
        mean=number(found.mean),
        half=half(found.low, found.high),
        exact=repr(found.mean),
        estimate=found,
        least=number(found.least),
        most=number(found.most),
        change=None if comparison is None else _change(comparison, name),
        known_of="" if found.runs == cell.done else f"{found.runs} of {cell.done} runs",
    )


def _change(comparison: Comparison, name: str) -> Change | None:
    for one in comparison.differences:
        if one.kpi == name:
            return Change(
                difference=signed(one.difference),
                half=half(one.low, one.high),
                percent=f"{100 * one.difference / abs(one.a):+.2g} %".replace("-", "\u2212") if one.a else "",
                verdict=one.verdict,
                pairs=one.pairs,
            )
    return None
