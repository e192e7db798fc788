"""What a run gives: numbers, digests, what happened, and tables for plots. The form that `results` writes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from aios.studies.cell import Labels, Request
from aios.studies.lineage import Lineage, digest_of

Column = NDArray[np.float64] | NDArray[np.int64] | list[str]
Table = Mapping[str, Column]
"""Columns of one length, by name."""


class Digests(msgspec.Struct, frozen=True, kw_only=True):
    """What two runs of one lineage must have in common; SHA-256, hexadecimal."""

    kpis: str
    journal: str = ""
    """Head of the command journal's chain; empty where no gateway ran."""
    ticks: str = ""
    """Over the outputs of all ticks."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened in a run: the ground truth of a fault, or what the gateway said.

    A `fault` is truth, and so is a stretch that is `unconverged`. An `order` is a repair order, from when it
    rose until it was closed or found another cause; an `alarm` stands from when its condition occurred until
    it returned, a `notice` as long as a device did not answer or gate or journal failed, a `quality` as long
    as a point was not good; a `rung` is the moment at which a loop changed its rung, a `request` what a
    person asked for, `weather` where the weather of the run comes from if it was measured.
    """

    at_ns: int
    """Nanoseconds since 1970 UTC."""
    until_ns: int | None = None
    """First moment after it; None where it is a moment, or stays."""
    kind: Literal["fault", "order", "alarm", "notice", "quality", "rung", "request", "unconverged", "weather"]
    subject: str
    """Asset, device, point or loop; of an alarm its id."""
    words: str
    evidence: tuple[str, ...] = ()
    """What an order rests on, and what waiting costs; of an alarm, its first words and what to do."""
    priority: int = 0
    """Of an alarm: 1 high, 2 medium, 3 low; 0 of all else."""


class AlarmCount(msgspec.Struct, frozen=True, kw_only=True):
    """How often the alarms of one condition came in a run, and how long they stood."""

    times: float
    stood_h: float
    """Summed over the alarms, h."""


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """One finished or failed run, without its tables."""

    run: str
    labels: Labels
    replicate: int
    seed: int
    lineage: Lineage
    mode: Literal["open", "closed", "live"]
    """Without a gateway; with one under the virtual clock; with one on real clocks and sockets."""
    kpis: dict[str, float | None] = {}
    """By name of `simulators.indicators.table`; None where nothing was seen from which it could be told."""
    unconverged_steps: int = 0
    """Steps without a solution: they are in no sum, so no KPI is the whole truth where this is not 0."""
    unconverged_h: float = 0.0
    digests: Digests | None = None
    """None where the run failed."""
    happenings: tuple[Happening, ...] = ()
    alarms: dict[str, AlarmCount] = {}
    """By condition; those that never came are not in it."""
    cause: str = ""
    """Why it failed; empty where it did not."""

    @property
    def failed(self) -> bool:
        """Whether it has no result."""
        return bool(self.cause)


def result_of(request: Request) -> RunResult:
    """Return what a run is before anything is known of it: what was asked for."""
    return RunResult(
        run=request.run,
        labels=request.cell.labels,
        replicate=request.replicate,
        seed=request.seed,
        lineage=request.lineage,
        mode="closed" if request.cell.gateway else "open",
    )


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What a run took on this machine: no digest knows of it, for the next time it is another."""

    seconds: float
    """Real time, s."""
    prepare_seconds: float = 0.0
    """Of that, before the first step."""
    steps_per_second: float = 0.0
    decision_p99_ms: float | None = None
    """99th percentile of decisions in real time: image to commands queued."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A run and everything that is kept of it."""

    result: RunResult
    measured: Measured
    tables: Mapping[str, Table] = field(default_factory=dict)
    """`series`, `elements`, `duration` and `heat`; see `aios.studies.results`."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Its files by name, where whoever ran it has made them already."""
    trace: str = ""
    """Where in the code a run that failed ended: a traceback."""


def told(kpis: Mapping[str, float]) -> dict[str, float | None]:
    """Return KPIs with None for what is no number.

    >>> told({"peak_kw": float("nan"), "steps": 3.0})
    {'peak_kw': None, 'steps': 3.0}
    """
    return {name: value if math.isfinite(value) else None for name, value in kpis.items()}


def kpi_digest(kpis: Mapping[str, float | None], tables: Mapping[str, Table]) -> str:
    """Return the digest of all numbers of a run, tables included, to the last bit."""
    columns = {
        f"{name}/{column}": values if isinstance(values, list) else digest_of(values.tobytes())
        for name, table in tables.items()
        for column, values in table.items()
    }
    return digest_of([dict(kpis), columns])
