"""The folder of a study: what `aios study run` writes, `resume` goes on with, and a report reads.

    FOLDER/
      study.json            `StudyRecord`: name, title, version, KPIs with units, and every run with its state
      study.toml            the study as it was run
      cells/CELL.json       `Cell`: everything that a run needs, whole; `resume` needs nothing else
      runs/RUN/run.json     `RunResult`: labels, seed, lineage, KPIs, digests, what happened, or why it failed
      runs/RUN/measured.json     `Measured`: real time; this file and the next differ from machine to machine
      runs/RUN/cause.txt         where in the code a run that failed ended; only there
      runs/RUN/series.parquet    a row a quarter-hour: at_ns (int64, its end, UTC), means import_kw, loss_kw,
                                 load_kw, plant_kw and of the median bus voltage_median_pu; extremes
                                 voltage_min_pu, voltage_max_pu, loading_max_pu; unconverged_s
      runs/RUN/heat.parquet      a row a quarter-hour: at_ns, and by transformer the highest hot spot, degC;
                                 without rows where only profiles live on the grid
      runs/RUN/elements.parquet  element (`bus/NAME` or `branch/NAME`), name, value: extremes of each element
      runs/RUN/duration.parquet  branch, from_pu (lower edge of a class of loading, 0.02 wide), hours
      gateways/RUN/         journal and history of a gateway, where they were to be kept
      results.parquet       a row a run and KPI, written at the end: run, scenario, controller, policies,
                            model, replicate, seed, kpi, unit, value (null where unknown),
                            unconverged_steps, unconverged_h

A run is there or not: its folder is written under another name and renamed, so that a kill leaves no half of
one, and its name follows from its lineage, so that none is counted twice. NaN in a table is a hole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from aios.studies.cell import Cell, Request
from aios.studies.parquet import read_table, table_bytes
from aios.studies.records import FORMAT, StudyRecord, cell_name, kpi_records, record_of, told_of
from aios.studies.result import Measured, Outcome, RunResult, Table
from aios.studies.study_file import Study
from simulators.indicators.table import kpi_of


class NotAStudy(ValueError):
    """A folder holds no study, or another one."""


class StudyFolder:
    """Reads and writes the folder of one study."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def gateways(self) -> Path:
        """Folder of the gateways' own folders, by run; only where they were to be kept."""
        return self.root / "gateways"

    def begin(self, study: Study, requests: Iterable[Request]) -> None:
        """Write down what is to be run; runs that are there already stay.

        Raises:
            NotAStudy: the folder holds another study.
        """
        if (self.root / "study.json").exists() and self.record().name != study.file.study.name:
            raise NotAStudy(f"{self.root} holds the study {self.record().name}; name another folder")
        (self.root / "runs").mkdir(parents=True, exist_ok=True)
        (self.root / "cells").mkdir(exist_ok=True)
        requests = list(requests)
        for request in requests:
            cell = self.root / "cells" / f"{cell_name(request.cell)}.json"
            if not cell.exists():
                _write(cell, msgspec.json.encode(request.cell))
        _write(self.root / "study.toml", study.text.encode())
        self._write_record(record_of(study, requests))

    def record(self) -> StudyRecord:
        """Return what the study is and how far it is, as `study.json` last said it.

        Raises:
            NotAStudy: the folder holds none, or one of another format.
        """
        try:
            record = msgspec.json.decode((self.root / "study.json").read_bytes(), type=StudyRecord)
        except FileNotFoundError:
            raise NotAStudy(f"{self.root} holds no study") from None
        except msgspec.ValidationError as wrong:
            raise NotAStudy(f"{self.root}/study.json: {wrong}") from wrong
        if record.format != FORMAT:
            raise NotAStudy(f"{self.root} has format {record.format}; this version reads {FORMAT}")
        return record

    def waiting(self, *, failed_too: bool = False) -> tuple[Request, ...]:
        """Return the runs that are not there yet, in the order of the study."""
        cells: dict[str, Cell] = {}
        found = []
        for one in self.record().runs:
            there = self._is_there(one.run)
            if there and not (failed_too and self.result(one.run).failed):
                continue
            if one.cell not in cells:
                cells[one.cell] = self.cell(one.cell)
            found.append(Request(cell=cells[one.cell], replicate=one.replicate, seed=one.seed))
        return tuple(found)

    def keep(self, outcome: Outcome) -> None:
        """Write a run as a whole; one that is there already is replaced."""
        name = outcome.result.run
        fresh = self.root / "runs" / f".{name}.{os.getpid()}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        for file, body in (outcome.files or files_of(outcome)).items():
            (fresh / file).write_bytes(body)
        target = self.root / "runs" / name
        if target.exists():
            shutil.rmtree(target)
        fresh.rename(target)

    def result(self, run: str) -> RunResult:
        """Return the result of a run.

        Raises:
            FileNotFoundError: it is not there.
        """
        return msgspec.json.decode((self.root / "runs" / run / "run.json").read_bytes(), type=RunResult)

    def result_of(self, run: str) -> RunResult | None:
        """Return the result of a run; None where it is not there."""
        return self.result(run) if self._is_there(run) else None

    def cell(self, name: str) -> Cell:
        """Return a cell by the name of its file.

        Raises:
            FileNotFoundError: it is not there.
        """
        return msgspec.json.decode((self.root / "cells" / f"{name}.json").read_bytes(), type=Cell)

    def results(self) -> Iterator[RunResult]:
        """Yield the results that are there, in the order of the study."""
        for one in self.record().runs:
            if self._is_there(one.run):
                yield self.result(one.run)

    def measured(self, run: str) -> Measured:
        """Return what a run took."""
        return msgspec.json.decode((self.root / "runs" / run / "measured.json").read_bytes(), type=Measured)

    def table(self, run: str, name: str) -> dict[str, Any]:
        """Return a table of a run: numpy arrays by column, lists of texts.

        Args:
            run: name of the run.
            name: `series`, `elements`, `duration` or `heat`.
        """
        return read_table(self.root / "runs" / run / f"{name}.parquet")

    def seen(self) -> StudyRecord:
        """Return the record as the folder is now: while a study runs `study.json` does not know it yet.

        Raises:
            NotAStudy: the folder holds none.
        """
        record, results = self.record(), {one.run: one for one in self.results()}
        runs = tuple(told_of(one, results.get(one.run)) for one in record.runs)
        return msgspec.structs.replace(record, runs=runs)

    def finish(self) -> StudyRecord:
        """Write `results.parquet`, and into `study.json` what became of every run."""
        results = {one.run: one for one in self.results()}
        for folder in (self.root / "runs", self.gateways):
            for leftover in folder.glob(".*"):
                shutil.rmtree(leftover, ignore_errors=True)
        record = self.record()
        kpis = kpi_records(results.values())
        runs = tuple(told_of(one, results.get(one.run)) for one in record.runs)
        record = msgspec.structs.replace(record, kpis=kpis, runs=runs)
        _write(self.root / "results.parquet", table_bytes(_long(results.values(), list(kpis))))
        self._write_record(record)
        return record

    def _is_there(self, run: str) -> bool:
        return (self.root / "runs" / run / "run.json").exists()

    def _write_record(self, record: StudyRecord) -> None:
        body = msgspec.json.format(msgspec.json.encode(record), indent=1)
        _write(self.root / "study.json", body + b"\n")


def files_of(outcome: Outcome) -> dict[str, bytes]:
    """Return the files of a run by name, all the same wherever it ran but `measured.json` and `cause.txt`.

    Raises:
        NoParquet: it has tables, and pyarrow is not installed.
    """
    files = {
        "run.json": msgspec.json.format(msgspec.json.encode(outcome.result), indent=1) + b"\n",
        "measured.json": msgspec.json.encode(outcome.measured) + b"\n",
    }
    if outcome.trace:
        files["cause.txt"] = outcome.trace.encode()
    return files | {f"{name}.parquet": table_bytes(table) for name, table in outcome.tables.items()}


def _long(results: Iterable[RunResult], kpis: list[str]) -> Table | Mapping[str, list[Any]]:
    columns: dict[str, list[Any]] = {
        name: []
        for name in (
            *("run", "scenario", "controller", "policies", "model", "replicate", "seed"),
            *("kpi", "unit", "value", "unconverged_steps", "unconverged_h"),
        )
    }
    for one in results:
        labels = one.labels
        for kpi in (name for name in kpis if name in one.kpis):
            row = (
                *(one.run, labels.scenario, labels.controller, labels.policies, labels.model),
                *(one.replicate, one.seed, kpi, kpi_of(kpi).unit, one.kpis[kpi]),
                *(one.unconverged_steps, one.unconverged_h),
            )
            for column, value in zip(columns.values(), row, strict=True):
                column.append(value)
    return columns


def _write(path: Path, body: bytes) -> None:
    """Write a file whole or not at all."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.write_bytes(body)
    fresh.rename(path)
