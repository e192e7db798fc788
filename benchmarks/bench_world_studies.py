"""What a second core is worth to a study: 100 open-loop years and 10 closed-loop weeks, in one and in two.

    python -m benchmarks.bench_world_studies [--quick]

The years are of a generated network of 144 buses, each a batch of 35 040 power flows with all indicators and
tables; the weeks are those of the shipped demand-response study, gateway and all. Starting the processes,
sending the requests and writing the results count. The energy balance is that of the worst step of the same
weeks. Results of both ways must be the same, file by file.

Both ways take turns, block by block, and the figure is the median of the blocks: a machine that other guests
of its host slow down for a minute spoils a block and not the figure. In every block two processes that only
count show what a second core of this machine is worth at that time: the physical limit.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Final

from aios.studies.cell import Request
from aios.studies.fan_out.processes import Processes
from aios.studies.grid import planned
from aios.studies.results import StudyFolder
from aios.studies.shipped import study_path
from aios.studies.study_file import Study, load_study, reduced
from aios.studies.toml_text import toml_of
from benchmarks.closed_loop.made import network_tables
from benchmarks.results import write

YEARS: Final = 100
WEEKS: Final = 10
QUICK: Final = (4, 2)
BLOCKS: Final = 5
"""Each runs its share of the runs in both ways."""
_COUNTED: Final = 20_000_000
"""Steps of a process that only counts: about a second."""
COMMAND: Final = "python -m benchmarks.bench_world_studies"
_YEARS_TOML: Final = """
[study]
name = "years"
replicates = {count}

[[scenario]]
name = "year"
file = "year.toml"

[[controller]]
name = "none"
loops = "none"
"""
_YEAR_TOML: Final = """
network = "network.toml"
start = 2016-01-01T00:00:00+01:00
days = 365
profile_weeks = 26
"""


def years(folder: Path, count: int) -> Study:
    """Write and read the study of open-loop years; each seed moves the profiles by other weeks."""
    (folder / "network.toml").write_text(toml_of(network_tables()), encoding="utf-8")
    (folder / "year.toml").write_text(_YEAR_TOML, encoding="utf-8")
    (folder / "study.toml").write_text(_YEARS_TOML.format(count=count), encoding="utf-8")
    return load_study(folder / "study.toml")


def weeks(count: int, days: float) -> Study:
    """Return the shipped demand-response study with other replicates."""
    return reduced(load_study(study_path(Path("demand_response_week"))), replicates=count, days=days)


def timed(study: Study, requests: Sequence[Request], folder: Path, processes: int) -> float:
    """Run requests into a folder; return the real seconds.

    Raises:
        RuntimeError: a run failed.
    """
    kept = StudyFolder(folder)
    began = time.perf_counter()
    kept.begin(study, requests)
    for outcome in Processes(processes).run(requests):
        kept.keep(outcome)
        if outcome.result.failed:
            raise RuntimeError(outcome.result.cause)
    kept.finish()
    return time.perf_counter() - began


def same(one: Path, other: Path) -> bool:
    """Whether two folders hold the same bytes, but for what was measured."""
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    others = sorted(path.relative_to(other) for path in other.rglob("*") if path.is_file())
    return files == others and all(
        (one / name).read_bytes() == (other / name).read_bytes()
        for name in files
        if name.name != "measured.json"
    )


@dataclass(frozen=True, kw_only=True)
class Block:
    """A share of the runs in both ways, and what the machine was able to give then."""

    one_s: float
    two_s: float
    limit: float
    """How many times as much two processes count as one."""

    @property
    def speedup(self) -> float:
        """How many times as fast two processes are."""
        return self.one_s / self.two_s


def count_up(steps: int) -> None:
    """Count: work of the processor alone."""
    for _ in range(steps):
        pass


def limit() -> float:
    """Return how many times as much two processes count as one, at this time."""
    context = get_context("spawn")
    took = []
    for number in (1, 2):
        processes = [context.Process(target=count_up, args=(_COUNTED,)) for _ in range(number)]
        began = time.perf_counter()
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        took.append(time.perf_counter() - began)
    return 2.0 * took[0] / took[1]


def speedup(name: str, study: Study, requests: Sequence[Request], folder: Path) -> list[Block]:
    """Run requests in one process and in two, block by block, in turns.

    Raises:
        RuntimeError: the results differ.
    """
    blocks: list[Block] = []
    each = max(2, len(requests) // BLOCKS)
    for begin in range(0, len(requests), each):
        share, took = requests[begin : begin + each], {}
        for processes in (1, 2) if len(blocks) % 2 else (2, 1):
            took[processes] = timed(study, share, folder / f"{name}-{begin}-{processes}", processes)
        if not same(folder / f"{name}-{begin}-1", folder / f"{name}-{begin}-2"):
            raise RuntimeError(f"{name}: one process and two have other results")
        block = Block(one_s=took[1], two_s=took[2], limit=limit())
        blocks.append(block)
        print(
            f"{name}: {len(share)} runs in one process {block.one_s:.1f} s, in two {block.two_s:.1f} s: "
            f"{block.speedup:.2f} times as fast; two that only count: {block.limit:.2f}",
            flush=True,
        )
    return blocks


def worst_balance(folders: Sequence[Path]) -> float:
    """Return the worst relative energy balance of all runs of some studies."""
    runs = [one for folder in folders for one in StudyFolder(folder).results()]
    return max(one.kpis["balance_error"] or 0.0 for one in runs)


def main() -> int:
    """Run, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="4 years and 2 short weeks; writes nothing")
    quick = parser.parse_args().quick
    year_count, week_count = QUICK if quick else (YEARS, WEEKS)
    with tempfile.TemporaryDirectory(prefix="aios-studies-") as name:
        folder = Path(name)
        years_study = years(folder, year_count)
        weeks_study = weeks(week_count, 0.5 if quick else 7.0)
        shaved = [one for one in planned(weeks_study) if one.cell.labels.controller == "peak_shaving"]
        of_years = speedup("years", years_study, planned(years_study), folder)
        of_weeks = speedup("weeks", weeks_study, shaved, folder)
        balance = worst_balance(sorted(folder.glob("weeks-*-2")))
    print(f"worst energy balance of a step: {balance:.1e}")
    if not quick:
        write("world_studies", rows(of_years, of_weeks, balance))
    return 0


def rows(of_years: list[Block], of_weeks: list[Block], balance: float) -> list[dict[str, object]]:
    """Return the figures; the goal's is the lower of the two speed-ups."""
    both = {
        "world.two_core_speedup_open_loop": (of_years, YEARS),
        "world.two_core_speedup_closed_loop": (of_weeks, WEEKS),
    }
    worse = min(both.values(), key=lambda one: median(block.speedup for block in one[0]))
    both["world.two_core_speedup"] = worse
    found: list[dict[str, object]] = []
    for name, (blocks, count) in both.items():
        value, most = (median(block.speedup for block in blocks), median(block.limit for block in blocks))
        found.append(
            {
                "name": name,
                "value": value,
                "unit": "1",
                "baseline": most,
                "ratio": value / most,
                "count": count,
                "seconds": sum(block.one_s + block.two_s for block in blocks),
                "seed": 1,
                "command": COMMAND,
            }
        )
    found.append(
        {
            "name": "world.energy_balance_error",
            "value": balance,
            "unit": "1",
            "count": WEEKS * 7 * 1440,
            "seconds": sum(block.one_s + block.two_s for block in of_weeks),
            "seed": 1,
            "command": COMMAND,
        }
    )
    return found


if __name__ == "__main__":
    sys.exit(main())
