"""A study of 200 runs is killed with SIGKILL again and again; `resume` finishes it, and no run counts twice.

    python -m benchmarks.bench_studies_resume [--quick] [--runs N]

Half of the runs are open loops, half have a gateway, each an hour of substation nord. The command is killed
after every tenth of the runs, at a moment drawn from the seed. What is there in the end is held against the
same study run without a kill, byte by byte, but for what was measured.
"""

from __future__ import annotations

import argparse
import random
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from aios.studies.carry_out import carry_out
from aios.studies.fan_out.processes import Processes
from aios.studies.grid import planned
from aios.studies.results import StudyFolder
from aios.studies.study_file import load_study
from benchmarks.bench_world_studies import same
from benchmarks.results import write

RUNS: Final = 200
QUICK_RUNS: Final = 20
KILLS: Final = 9
SEED: Final = 1
COMMAND: Final = "python -m benchmarks.bench_studies_resume"
_STUDY: Final = """
[study]
name = "killed"
replicates = {count}

[[scenario]]
name = "hour"
file = "hour.toml"

[[controller]]
name = "none"
loops = "none"

[[controller]]
name = "shaver"
drop = ["forecast", "health"]
"""
_HOUR: Final = """
site = "nord"
start = 2016-12-14T17:00:00+01:00
days = 0.0416666667
history_days = 0
profile_weeks = 20
fault = []
consumer = []
request = []
"""


def killed_once(command: Sequence[str], folder: StudyFolder, count: int, dice: random.Random) -> int:
    """Start the command, kill it when some runs are there, and return how many are."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and done(folder) < count:
        select.select([], [], [], 0.02)
    time.sleep(dice.uniform(0.0, 0.2))
    process.kill()
    process.wait()
    return done(folder)


def done(folder: StudyFolder) -> int:
    """Return how many runs are there."""
    return len(list((folder.root / "runs").glob("[0-9a-f]*/run.json")))


def main() -> int:
    """Run, kill, resume, judge; print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_RUNS} runs, and write nothing")
    parser.add_argument("--runs", type=int, default=RUNS)
    chosen = parser.parse_args()
    runs = QUICK_RUNS if chosen.quick else chosen.runs
    dice, began = random.Random(SEED), time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="aios-killed-") as name:
        root = Path(name)
        (root / "hour.toml").write_text(_HOUR, encoding="utf-8")
        (root / "study.toml").write_text(_STUDY.format(count=runs // 2), encoding="utf-8")
        study = load_study(root / "study.toml")
        killed, whole = StudyFolder(root / "killed"), StudyFolder(root / "whole")
        aios = [sys.executable, "-m", "aios", "study"]
        command = [*aios, "run", str(root / "study.toml"), "--folder", str(killed.root)]
        for kill in range(1, KILLS + 1):
            there = killed_once(command, killed, kill * runs // (KILLS + 1), dice)
            print(f"kill {kill}: {there} of {runs} runs are there", flush=True)
            command = [*aios, "resume", str(killed.root)]
        resumed = subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode
        whole.begin(study, planned(study))
        carry_out(whole, Processes())
        is_same = same(whole.root, killed.root)
        states = [one.state for one in killed.record().runs]
    lost = runs - states.count("done") + (not is_same) + (resumed != 0)
    print(f"{states.count('done')} of {runs} runs, the same as without a kill: {is_same}")
    if not chosen.quick:
        row = {"name": "world.killed_study_runs_lost_or_double", "value": float(lost), "unit": "1"}
        seconds = time.perf_counter() - began
        write("studies_resume", [row | {"count": runs, "seconds": seconds, "seed": SEED, "command": COMMAND}])
    return int(lost > 0)


if __name__ == "__main__":
    sys.exit(main())
