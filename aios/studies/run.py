"""Executing one run: it never raises; what goes wrong is the cause that stands in the result."""

from __future__ import annotations

import os
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from aios.studies.cell import Request
from aios.studies.closed_loop import run_closed
from aios.studies.open_loop import run_open
from aios.studies.provenance import refuse_other_code
from aios.studies.result import Measured, Outcome, result_of
from aios.studies.results import files_of


def execute(request: Request, keep: Path | None = None, *, threads: int = 1) -> Outcome:
    """Run a request.

    Args:
        request: what to run.
        keep: folder in which the gateway's journal and history stay; what is there is replaced. None for one
            that is removed.
        threads: cores that no other run uses.

    Returns:
        The outcome; where the run failed it has a cause and no KPIs.
    """
    began = time.perf_counter()
    try:
        refuse_other_code(request.cell)
        if not request.cell.gateway:
            return run_open(request, threads=threads)
        with _gateway_folder(keep) as folder:
            return run_closed(request, folder)
    except Exception as error:  # noqa: BLE001 - controllers are foreign code, and one run must not end a study
        return _failed_by(error, request, time.perf_counter() - began)


def packed(request: Request, keep: Path | None = None, *, threads: int = 1) -> Outcome:
    """Run a request and make its files where it ran, so that whoever gathers results only writes them."""
    outcome = execute(request, keep, threads=threads)
    try:
        files = files_of(outcome)
    except Exception as error:  # noqa: BLE001 - a machine without Parquet, say: the run has failed, not the study
        outcome = _failed_by(error, request, outcome.measured.seconds)
        files = files_of(outcome)  # without tables
    return replace(outcome, tables={}, files=files)


def failed(request: Request, cause: str, seconds: float = 0.0, trace: str = "") -> Outcome:
    """Return the outcome of a run that has no result; `trace` says where in the code it ended."""
    result = msgspec.structs.replace(result_of(request), cause=cause)
    return Outcome(result=result, measured=Measured(seconds=seconds), trace=trace)


def _failed_by(error: Exception, request: Request, seconds: float) -> Outcome:
    words = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return failed(request, words, seconds, "".join(traceback.format_exception(error)))


@contextmanager
def _gateway_folder(keep: Path | None) -> Iterator[Path]:
    """Give a fresh folder; one that stays bears its name only when the run is over.

    What a run that was killed left there stands in nobody's way, and two processes never write into one.
    """
    if keep is None:
        with TemporaryDirectory(prefix="aios-run-") as folder:
            yield Path(folder)
        return
    fresh = keep.with_name(f".{keep.name}.{os.getpid()}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
    finally:
        shutil.rmtree(keep, ignore_errors=True)
        fresh.rename(keep)
