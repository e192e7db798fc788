"""Make the golden journal and policy bundle of this version, for later versions to read.

    python -m benchmarks.make_golden tests/golden/v0_1_0

A whole day of the shipped site would be large; two hours hold set-points, renewals, receipts and
repair evidence. A version that was released is never made again: its files are what its gateways wrote.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import sys
import tempfile
from pathlib import Path
from typing import Final

import msgspec

import aios
from aios.cli.files import SHIPPED
from aios.compose import bundle_of
from aios.folder import Folder
from aios.site import site_of
from aios.virtual import prepare
from simulators.scenario import scenario_of, shortened

HOURS: Final = 2.0
SEED: Final = 7


def make(target: Path) -> None:
    """Write journal, recording, policy bundle and what they must show into a folder."""
    text = (SHIPPED / "nord.toml").read_text(encoding="utf-8")
    site = site_of(text)
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        run = prepare(site, text, shortened(scenario_of(site, seed=SEED), HOURS), Path(scratch))
        asyncio.run(run.run())
        ticks = run.gateway.kernel.state.tick + 1
        digests = run.close()
        folder = Folder(root=Path(scratch))
        for kept in (folder.commands, folder.recorder):
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
    database.close()


if __name__ == "__main__":
    make(Path(sys.argv[1]))
