"""What a report says, without its looks: `aios study report --json` prints it, and the page carries it."""

from __future__ import annotations

import msgspec

from aios.studies.cell import Labels
from aios.studies.compare import Comparison
from aios.studies.lineage import Lineage
from aios.studies.records import RunRecord, StudyRecord
from aios.studies.result import AlarmCount, Happening


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """One KPI over the replicates of a cell."""

    mean: float
    low: float | None
    """95 % interval of the mean; None where one run says nothing of spread."""
    high: float | None
    runs: int
    """Runs from which it could be told."""
    least: float
    least_run: str
    most: float
    most_run: str


class CellFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario with one controller, one set of policies and one model."""

    cell: str
    """Name of its file in `cells/`; 12 hexadecimal digits of its digest."""
    labels: Labels
    mode: str
    """`closed` with a gateway under the virtual clock, `open` without one, `live` on real clocks."""
    begins: str
    """First moment of its scenario, as the scenario says it."""
    lineage: Lineage
    """With seed 0: runs of the cell differ in nothing else."""
    done: int
    failed: int
    waiting: int
    unconverged_runs: int
    """Runs with steps that had no solution: they are in no sum, so no KPI of the cell is the whole truth."""
    unconverged_h: float
    """Summed over its runs, h."""
    kpis: dict[str, Estimate]
    alarms: dict[str, AlarmCount] = {}
    """By condition: how often it came and how long it stood, means of the runs that are done."""


class RunFigures(RunRecord, frozen=True, kw_only=True):
    """One run with everything that its numbers are linked to."""

    unconverged_steps: int = 0
    unconverged_h: float = 0.0
    happenings: tuple[Happening, ...] = ()
    """Of the runs that are drawn; the others have theirs in `runs/RUN/run.json`."""
    kpis: dict[str, float | None] = msgspec.field(default_factory=dict)


class Figures(StudyRecord, frozen=True, kw_only=True):
    """Everything that a report says in numbers: the record of the study, its cells, and what differs."""

    cells: tuple[CellFigures, ...]
    comparisons: tuple[Comparison, ...]
    """Every cell against its baseline, paired by seed."""
    runs: tuple[RunFigures, ...]
    drawn: tuple[str, ...] = ()
    """Runs whose course is drawn."""

    def cell(self, name: str) -> CellFigures:
        """Return a cell by its name.

        Raises:
            KeyError: there is none.
        """
        for one in self.cells:
            if one.cell == name:
                return one
        raise KeyError(name)
