"""The record of a study, `study.json`: what it is, and the state and digests of every run.

The figures of its report are the same record with numbers (`aios.studies.report.document`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

import aios
from aios.studies.cell import Cell, Labels, Request
from aios.studies.lineage import digest_of
from aios.studies.result import Digests, RunResult
from aios.studies.study_file import Study
from simulators.indicators.table import in_order, kpi_of

FORMAT: Final = 2
State = Literal["waiting", "done", "failed"]


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run in the record of its study."""

    run: str
    cell: str
    """Name of its file in `cells/`."""
    labels: Labels
    replicate: int
    seed: int
    state: State = "waiting"
    cause: str = ""
    """Why it failed."""
    kpis_digest: str = ""
    """SHA-256 over all its numbers, tables included; empty where it is not done."""
    journal: str = ""
    """Head of the command journal's chain; empty where no gateway ran."""
    ticks: str = ""
    """Digest over the outputs of all ticks."""


class KpiRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Unit and meaning of a KPI."""

    unit: str
    words: str
    better: str


class StudyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What a study is, and how far it is."""

    format: int = FORMAT
    name: str
    title: str
    aios: str
    """Version that began the study."""
    study: str
    """Digest of the study file."""
    baseline: str
    """Controller that others are compared with."""
    kpis: dict[str, KpiRecord]
    runs: tuple[RunRecord, ...]


def record_of(study: Study, requests: Iterable[Request]) -> StudyRecord:
    """Return the record of a study of which nothing has run yet."""
    head = study.file.study
    return StudyRecord(
        name=head.name,
        title=head.title or head.name,
        aios=aios.__version__,
        study=digest_of(study.text),
        baseline=head.baseline or study.file.controller[0].name,
        kpis={},
        runs=tuple(
            RunRecord(
                run=one.run,
                cell=cell_name(one.cell),
                labels=one.cell.labels,
                replicate=one.replicate,
                seed=one.seed,
            )
            for one in requests
        ),
    )


def told_of(record: RunRecord, result: RunResult | None) -> RunRecord:
    """Return the record of a run with what became of it; as it was where there is no result yet."""
    if result is None:
        return record
    digests = result.digests or Digests(kpis="")
    return msgspec.structs.replace(
        record,
        state="failed" if result.failed else "done",
        cause=result.cause,
        kpis_digest=digests.kpis,
        journal=digests.journal,
        ticks=digests.ticks,
    )


def kpi_records(results: Iterable[RunResult]) -> dict[str, KpiRecord]:
    """Return unit and meaning of every KPI of some runs, in the order of tables."""
    names = in_order(name for one in results for name in one.kpis)
    return {name: KpiRecord(**kpi_of(name)._asdict()) for name in names}


def cell_name(cell: Cell) -> str:
    """Return the name of a cell: 12 hexadecimal digits of its digest."""
    return digest_of(cell)[:12]
