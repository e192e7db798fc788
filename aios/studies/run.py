"""Executing one run: it never raises; what goes wrong is the cause that stands in the result."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from aios.studies.cell import Request
from aios.studies.closed_loop import run_closed
from aios.studies.open_loop import run_open
from aios.studies.result import Measured, Outcome, RunResult
from aios.studies.results import files_of


def execute(request: Request, keep: Path | None = None) -> Outcome:
    """Run a request.

    Args:
        request: what to run.
        keep: folder in which the gateway's journal and history stay; None for one that is removed.

    Returns:
        The outcome; where the run failed it has a cause and no KPIs.
    """
    began = time.perf_counter()
    try:
        if not request.cell.site:
            return run_open(request)
        if keep is not None:
            return run_closed(request, keep)
        with TemporaryDirectory(prefix="aios-run-") as folder:
            return run_closed(request, Path(folder))
    except Exception as error:  # noqa: BLE001 - controllers are foreign code, and one run must not end a study
        words = " ".join(str(error).split())
        return failed(request, f"{type(error).__name__}: {words}", time.perf_counter() - began)


def packed(request: Request, keep: Path | None = None) -> Outcome:
    """Run a request and make its files where it ran, so that whoever gathers results only writes them."""
    outcome = execute(request, keep)
    return replace(outcome, tables={}, files=files_of(outcome))


def failed(request: Request, cause: str, seconds: float = 0.0) -> Outcome:
    """Return the outcome of a run that has no result."""
    result = RunResult(
        run=request.run,
        labels=request.cell.labels,
        replicate=request.replicate,
        seed=request.seed,
        lineage=request.lineage,
        mode="closed" if request.cell.site else "open",
        cause=cause,
    )
    return Outcome(result=result, measured=Measured(seconds=seconds))
