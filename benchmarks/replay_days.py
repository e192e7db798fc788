"""Decide every golden recording again on this Python, and count differences.

    python -m benchmarks.replay_days [--json]

One line for each folder of `tests/golden/days` and `tests/golden/v*`: run, ticks, differences, seconds.
`make replay-matrix` calls it on every supported Python that is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import platform
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from aios.folder import Folder
from aios.replay.again import replay_run

GOLDEN: Final = Path(__file__).parents[1] / "tests" / "golden"


def folders() -> list[Path]:
    """Return every folder with a recording of an earlier day or release."""
    return sorted((*GOLDEN.glob("days/*"), *GOLDEN.glob("v*_*_*")))


def replayed(golden: Path) -> dict[str, Any]:
    """Decide one recording again; policies that are not those of then are no difference of a decision."""
    expected = json.loads((golden / "expected.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Folder(root=Path(scratch))
        folder.recorder.parent.mkdir()
        shutil.copy(golden / "recorder.db", folder.recorder)
        began = time.perf_counter()
        report = asyncio.run(replay_run(folder.root))
        seconds = time.perf_counter() - began
    found = [one for one in report.differences if one.what != "policies"]
    return {
        "python": platform.python_version(),
        "recording": golden.name,
        "version": expected["version"],
        "ticks": report.ticks,
        "missing": expected["ticks"] - report.ticks,
        "differences": len(found),
        "first": f"tick {found[0].tick} {found[0].what}" if found else "",
        "seconds": round(seconds, 2),
    }


def main() -> int:
    """Replay all; return 1 where anything differs or is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    chosen = parser.parse_args()
    rows = [replayed(golden) for golden in folders()]
    if chosen.json:
        print(json.dumps(rows))
    else:
        for row in rows:
            text = (
                "Python {python}  {recording} of {version}: {ticks} ticks, {differences} differences {first}"
            )
            print(text.format(**row).rstrip())
    return 1 if any(row["differences"] or row["missing"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
