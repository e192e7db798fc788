"""The record of a study, `study.json`: what it is, and the state and digests of every run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

import aios
from aios.studies.cell import Cell, Labels, Request
from aios.studies.lineage import digest_of
from aios.studies.study_file import Study

FORMAT: Final = 1
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
    kpis: str = ""
    """Digest of its KPIs; empty where it is not done."""
    journal: str = ""


class KpiRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Unit and meaning of a KPI."""

    unit: str
    words: str
    better: str


class StudyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """`study.json`."""

    format: int = FORMAT
    name: str
    title: str
    aios: str
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


def cell_name(cell: Cell) -> str:
    """Return the name of a cell: 12 hexadecimal digits of its digest."""
    return digest_of(cell)[:12]
