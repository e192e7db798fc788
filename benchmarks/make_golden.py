"""Make the golden journal, recording and policy bundle of this version, for later versions to read.

    python -m benchmarks.make_golden tests/golden/v0_1_0
    python -m benchmarks.make_golden tests/golden/days/nord --hours 24 --recording-only

Two hours of the shipped site hold set-points, renewals, receipts and repair evidence; a day holds its peaks
too. What a released version wrote is never made again. The day of a version that is not released yet is made
again only where what the pipe decides has changed: a field that is added makes no difference.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import Final

import msgspec

import aios
from aios.cli.files import SHIPPED
from aios.folder import Folder
from aios.gateway.compose import bundle_of
from aios.site import site_of
from aios.virtual.run import prepare
from simulators.scenario import scenario_of, shortened

HOURS: Final = 2.0
"""Operational hours of a run, unless told."""
SEED: Final = 7


def make(target: Path, *, hours: float = HOURS, journal: bool = True) -> None:
    """Write journal, recording, policy bundle and what they must show into a folder."""
    text = (SHIPPED / "nord.toml").read_text(encoding="utf-8")
    site = site_of(text)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        run = prepare(site, text, shortened(scenario_of(site, seed=SEED), hours), Path(scratch))
        asyncio.run(run.run())
        ticks = run.gateway.kernel.state.tick + 1
        digests = run.close()
        folder = Folder(root=Path(scratch))
        for kept in (folder.commands, folder.recorder) if journal else (folder.recorder,):
            _settle(kept)
            shutil.copy(kept, target / kept.name)
    (target / "bundle.json").write_bytes(msgspec.json.encode(bundle_of(site)))
    expected = {"version": aios.__version__, "ticks": ticks, "journal": digests.journal, "seed": SEED}
    (target / "expected.json").write_bytes(msgspec.json.format(msgspec.json.encode(expected), indent=2))


def _settle(path: Path) -> None:
    """Fold the write-ahead log into the file, so that it can be kept alone."""
    database = sqlite3.connect(path)
    database.execute("pragma wal_checkpoint(truncate)")
    database.execute("pragma journal_mode=delete")
    database.execute("vacuum")
    database.close()


def main() -> None:
    """Read where to, and for how long."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("target", type=Path, help="folder to write into")
    parser.add_argument(
        "--hours", type=float, default=HOURS, help=f"operational hours, {HOURS:g} unless told"
    )
    parser.add_argument("--recording-only", action="store_true", help="leave the command journal out")
    chosen = parser.parse_args()
    make(chosen.target, hours=chosen.hours, journal=not chosen.recording_only)


if __name__ == "__main__":
    main()
