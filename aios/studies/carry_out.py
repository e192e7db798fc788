"""Carrying out a study: what is not there yet is run, kept as it comes, and put together at the end."""

from __future__ import annotations

from collections.abc import Callable

from aios.studies.fan_out.fan_out import FanOut
from aios.studies.records import StudyRecord
from aios.studies.result import RunResult
from aios.studies.results import StudyFolder

Told = Callable[[RunResult], None]


def carry_out(
    folder: StudyFolder, fan_out: FanOut, told: Told = lambda _: None, *, failed_too: bool = False
) -> StudyRecord:
    """Execute the runs that a study still waits for; return what became of all of them.

    Args:
        folder: begun before, here or by a process that was killed.
        fan_out: what executes.
        told: hears of every run as it is kept.
        failed_too: whether runs that failed are tried again.

    Raises:
        NotAStudy: the folder holds no study.
    """
    for outcome in fan_out.run(folder.waiting(failed_too=failed_too)):
        folder.keep(outcome)
        told(outcome.result)
    return folder.finish()
