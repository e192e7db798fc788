"""Which runs are drawn: those with the median peak, the highest and the lowest, as far as a page carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aios.studies.report.document import CellFigures, Figures, RunFigures
from aios.studies.report.groups import scenes_of

ROWS: Final = 60_000
"""Rows of series on one page: about 4 MB."""
ROWS_A_RUN: Final = 1_500
LEAST_ROWS: Final = 150
"""Fewer say nothing of a run: then fewer runs are drawn."""
RANKED_BY: Final = "peak_kw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Runs of one seed, side by side: the same world under every controller, or under every scenario."""

    scenario: str
    """Whose cells these are; `groups.EVERY` for all."""
    seed: int
    words: str
    """Why this seed is drawn."""
    runs: tuple[RunFigures, ...]
    """In the order of the cells."""
    rows: int
    """Most rows of each series."""


def scenes(figures: Figures) -> tuple[Scene, ...]:
    """Choose what is drawn: by the rule above, never by how it looks."""
    runs: dict[str, dict[int, RunFigures]] = {}
    for run in figures.runs:
        if run.state == "done":
            runs.setdefault(run.cell, {})[run.seed] = run
    cells = sum(1 for cell in figures.cells if cell.cell in runs)
    seeds = 3 if 3 * cells * ROWS_A_RUN <= ROWS else 1
    rows = min(ROWS_A_RUN, max(LEAST_ROWS, ROWS // max(1, seeds * cells)))
    found: list[Scene] = []
    left = ROWS
    for scenario, within in scenes_of(figures).items():
        for seed, words in _chosen(within, runs, seeds):
            there = tuple(runs[cell.cell][seed] for cell in within if seed in runs.get(cell.cell, {}))
            left -= rows * len(there)
            if left >= 0 or not found:
                found.append(Scene(scenario=scenario, seed=seed, words=words, runs=there, rows=rows))
    return tuple(found)


def _chosen(
    cells: Sequence[CellFigures], runs: Mapping[str, Mapping[int, RunFigures]], count: int
) -> list[tuple[int, str]]:
    """Return seeds with the reason for each, the typical one first."""
    there = [set(runs[cell.cell]) for cell in cells if runs.get(cell.cell)]
    if not there:
        return []
    common = set.intersection(*there) or max(there, key=len)
    first = next(runs[cell.cell] for cell in cells if common <= set(runs.get(cell.cell, {})))

    def rank(seed: int) -> tuple[float, int]:
        value = first[seed].kpis.get(RANKED_BY)
        return (float("-inf") if value is None else value, seed)

    ordered = sorted(common, key=rank)
    middle, last = (len(ordered) - 1) // 2, len(ordered) - 1
    places = (
        {middle: "median peak", last: "highest peak", 0: "lowest peak"}
        if count > 1
        else {middle: "median peak"}
    )
    if len(ordered) == 1:
        places = {0: "the only replicate"}
    return [(ordered[place], words) for place, words in places.items()]
