"""Plant every fault in turn and see whether the tests notice.

    python -m tests.planted [--only TEXT] [--processes N]

Each fault is planted on a copy of the tree. Its own tests run first, then all tests of the kernel; where none
fails, the fault survives. Exit code 1 where one survives or a list is out of date.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.planted.fault import Fault, faults
from tests.planted.warm import HUNG, LONGEST_S, Warm

ROOT = Path(__file__).parents[2]
FALLBACK = ("tests/unit/kernel", "tests/property/test_pipe_invariants.py", "tests/property/test_arbiter.py")
"""What runs where a fault's own tests do not notice."""
_FAILED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
"""A test, whose parameters may have spaces, and why it failed."""
_SOUND: dict[str, bool] = {}
"""Tests that noticed a fault, and whether they pass where none is planted."""


class Tree(NamedTuple):
    """A copy of everything, and what runs its tests."""

    root: Path
    warm: Warm


class Seen(NamedTuple):
    """What became of a planted fault."""

    fault: Fault
    by: str
    """Which tests noticed; empty where none did."""
    flaw: str = ""
    test: str = ""
    """The test that noticed: its name belongs among the fault's own where only the kernel's tests did."""


def copied(to: Path) -> Path:
    """Copy the tree as git knows it, with what is not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    return to


def plant(fault: Fault, tree: Tree) -> Seen:
    """Plant a fault, run the tests, take it out again; a test that fails either way has noticed nothing."""
    if flaw := fault.flaw(tree.root):
        return Seen(fault, "", flaw)
    path = tree.root / fault.file
    sound = path.read_text(encoding="utf-8")
    try:
        path.write_text(sound.replace(fault.find, fault.replace), encoding="utf-8")
        _forget_compiled(path)
        by, test = next(
            ((what, test) for what, tests in _stages(fault) if (test := _failing(tests, tree))), ("", "")
        )
    finally:
        path.write_text(sound, encoding="utf-8")
        _forget_compiled(path)
    if "::" in test and not _holds(test, tree):
        return Seen(fault, "", f"{test} fails without the fault too")
    return Seen(fault, by, "", test)


def _stages(fault: Fault) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("its own tests", tuple(fault.tests)), ("tests of the kernel", FALLBACK)


def _holds(test: str, tree: Tree) -> bool:
    """Tell whether a test passes on the sound tree; it is run once, however many faults it notices."""
    if test not in _SOUND:
        _SOUND[test] = not _failing((test,), tree)
    return _SOUND[test]


def _failing(tests: tuple[str, ...], tree: Tree) -> str:
    """Return the first test that fails; empty where none does."""
    code, said = tree.warm.run(tests)
    if code == HUNG:
        return f"one that does not end in {LONGEST_S:g} s"
    if code == 0:
        return ""
    return next((found[1] for found in _FAILED.finditer(said)), f"pytest ends with {code}")


def _forget_compiled(path: Path) -> None:
    """Remove what Python compiled: two texts of one length and one second would be taken for the same."""
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink(missing_ok=True)


def main(arguments: list[str] | None = None) -> int:
    """Plant, print, and list the survivors."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.planted", description="Remove every guard in turn."
    )
    parser.add_argument("--only", default="", help="faults whose claim, room or file contains this")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args(arguments)
    wanted = [f for f in faults() if chosen.only in f"{f.room} {f.removes} {f.file}"]
    began, seen = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="aios-planted-") as folder:
        trees: queue.Queue[Tree] = queue.Queue()
        for number in range(min(chosen.processes, len(wanted))):
            root = copied(Path(folder) / str(number))
            trees.put(Tree(root, Warm(root)))
        with concurrent.futures.ThreadPoolExecutor(chosen.processes) as pool:
            for one in concurrent.futures.as_completed([pool.submit(_in_turn, f, trees) for f in wanted]):
                seen.append(one.result())
                _tell(seen, len(wanted), time.monotonic() - began)
        while not trees.empty():
            trees.get().warm.close()
    survivors = [one for one in seen if not one.by]
    print(f"{len(seen)} planted, {len(survivors)} survive, {time.monotonic() - began:.0f} s")
    for one in survivors:
        print(f"  {one.fault.room}: {one.fault.removes} ({one.fault.file}) {one.flaw or 'SURVIVES'}")
    return 1 if survivors or not seen else 0


def _in_turn(fault: Fault, trees: queue.Queue[Tree]) -> Seen:
    tree = trees.get()
    try:
        return plant(fault, tree)
    finally:
        trees.put(tree)


def _tell(seen: list[Seen], count: int, seconds: float) -> None:
    one = seen[-1]
    left_s = seconds / len(seen) * (count - len(seen))
    what = one.flaw or (f"noticed by {one.by}, {one.test}" if one.by else "SURVIVES")
    print(
        f"[{len(seen)}/{count}, {left_s:.0f} s left] {one.fault.room}: {one.fault.removes}: {what}",
        flush=True,
    )


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
