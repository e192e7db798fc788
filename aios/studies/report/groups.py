"""Which cells stand side by side: those of one scenario, or the scenarios of one controller."""

from __future__ import annotations

from aios.studies.report.document import CellFigures, Figures

EVERY = "all scenarios"


def by_scenario(figures: Figures) -> dict[str, list[CellFigures]]:
    """Return the cells of each scenario, in the order of the study."""
    found: dict[str, list[CellFigures]] = {}
    for cell in figures.cells:
        found.setdefault(cell.labels.scenario, []).append(cell)
    return found


def are_twins(figures: Figures) -> bool:
    """Tell whether the study has several scenarios with one cell each: then they are what is compared."""
    scenarios = by_scenario(figures)
    return len(scenarios) > 1 and all(len(cells) == 1 for cells in scenarios.values())


def scenes_of(figures: Figures) -> dict[str, list[CellFigures]]:
    """Return the cells that are drawn over each other: scenarios only where time and network are one."""
    worlds = {(cell.begins, cell.lineage.network) for cell in figures.cells}
    if are_twins(figures) and len(worlds) == 1:
        return {EVERY: list(figures.cells)}
    return by_scenario(figures)


def short_name(cell: CellFigures, *, twins: bool) -> str:
    """Return what a cell is called beside the others."""
    labels = cell.labels
    if twins:
        return labels.scenario
    rest = [one for one in (labels.policies, labels.model) if one not in {"", "site"}]
    return " / ".join((labels.controller, *rest))
