"""Where a report reads: the folder of a study, or runs that were never written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from aios.studies.cell import Cell, Request
from aios.studies.records import StudyRecord, cell_name, record_of
from aios.studies.result import Outcome, RunResult
from aios.studies.study_file import Study


class Source(Protocol):
    """What a report asks for; `StudyFolder` answers from files."""

    def record(self) -> StudyRecord:
        """Return what the study is."""
        ...

    def cell(self, name: str) -> Cell:
        """Return a cell by its name."""
        ...

    def result_of(self, run: str) -> RunResult | None:
        """Return the result of a run; None where it is not there."""
        ...

    def table(self, run: str, name: str) -> Mapping[str, Any]:
        """Return a table of a run.

        Raises:
            FileNotFoundError: the run kept no such table.
        """
        ...


class Held:
    """Runs in memory, such as the one day of a demo."""

    def __init__(self, study: Study, requests: Sequence[Request], outcomes: Sequence[Outcome]) -> None:
        """Hold a study with what became of its runs.

        Args:
            study: from which the requests were planned.
            requests: all of its runs.
            outcomes: of those that are there.
        """
        self._record = record_of(study, requests)
        self._cells = {cell_name(one.cell): one.cell for one in requests}
        self._outcomes = {one.result.run: one for one in outcomes}

    def record(self) -> StudyRecord:
        """Return what the study is."""
        return self._record

    def cell(self, name: str) -> Cell:
        """Return a cell by its name."""
        return self._cells[name]

    def result_of(self, run: str) -> RunResult | None:
        """Return the result of a run; None where it is not there."""
        found = self._outcomes.get(run)
        return None if found is None else found.result

    def table(self, run: str, name: str) -> Mapping[str, Any]:
        """Return a table of a run.

        Raises:
            FileNotFoundError: the run kept no such table.
        """
        try:
            return self._outcomes[run].tables[name]
        except KeyError:
            raise FileNotFoundError(f"{run} has no {name}") from None
