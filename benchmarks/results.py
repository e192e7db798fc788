"""Results of benchmarks: rows in `benchmarks/results/NAME.json`, with the machine they were measured on.

A file holds the figures of one run. Whether a goal is met never stands in it: `benchmarks.goals` says so.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

RESULTS: Final = Path(__file__).parent / "results"
_FSYNCS: Final = 40
"""Durable writes from which the cost of one is taken."""


class Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One figure."""

    name: str
    value: float
    unit: str
    """As text: s, ms, kW, 1 for none."""
    baseline: float | None = None
    """What the figure is compared with, in the same unit; None where with nothing."""
    ratio: float | None = None
    """`value` over `baseline`."""
    count: int
    """Of what was measured: ticks, kills, origins."""
    seconds: float
    """Real time the measurement took, s."""
    seed: int | None = None
    command: str
    """What repeats it."""
    commit: str = ""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when a file of results was made."""

    cores: int
    cpu: str
    python: str
    fsync_ms: float
    """Median real time of one 4 KiB write with fsync, ms."""
    date: str
    """ISO 8601, UTC."""


class Results(msgspec.Struct, frozen=True, kw_only=True):
    """One file."""

    machine: Machine
    rows: tuple[Row, ...]


def write(name: str, rows: Sequence[Mapping[str, Any]], *, folder: Path = RESULTS) -> Path:
    """Write the rows of one benchmark with this machine and commit; return the file.

    Args:
        name: of the benchmark, as in `make bench-NAME`.
        rows: the fields of `Row`; what a row leaves out has its default.
        folder: where the file goes.

    Raises:
        msgspec.ValidationError: a row has a wrong or a missing field, such as `met`.
    """
    here = commit()
    kept = tuple(msgspec.convert({**row, "commit": row.get("commit") or here}, type=Row) for row in rows)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    body = msgspec.json.encode(Results(machine=machine(folder), rows=kept))
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.format(body, indent=2) + b"\n")
    fresh.rename(path)
    return path


def read_all(folder: Path = RESULTS) -> dict[str, Row]:
    """Return the rows of every file by name."""
    files = (msgspec.json.decode(path.read_bytes(), type=Results) for path in sorted(folder.glob("*.json")))
    return {row.name: row for results in files for row in results.rows}


def machine(folder: Path = RESULTS) -> Machine:
    """Describe this machine; the cost of fsync is measured in `folder`."""
    return Machine(
        cores=os.cpu_count() or 1,
        cpu=_cpu(),
        python=platform.python_version(),
        fsync_ms=round(fsync_ms(folder), 3),
        date=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def fsync_ms(folder: Path) -> float:
    """Return the median real time of a durable 4 KiB write in a folder, ms."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(_FSYNCS):
            began = time.perf_counter()
            file.write(b"\0" * 4096)
            file.flush()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def commit() -> str:
    """Return the commit of the working tree, with a `+` where it has changes; `unknown` outside git."""
    try:
        head = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{head[:12]}{'+' if changed else ''}"


def _git(*arguments: str) -> str:
    root = Path(__file__).parent.parent
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _cpu() -> str:
    """Return the CPU's name as Linux gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
