"""Recorded days are decided again without a difference, on this Python and by what the matrix runs.

A recording carries the fields of its ticks, so a field that is added later makes no difference. A day is made
anew only where what the pipe decides changes before a release, with its reason in the change log:
`python -m benchmarks.make_golden tests/golden/days/nord --hours 24 --recording-only`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.replay_days import GOLDEN, folders, replayed

DAYS = [golden for golden in folders() if golden.parent.name == "days"]


def test_there_are_days_and_releases_to_replay() -> None:
    assert {"nord", "v0_1_0"} <= {golden.name for golden in folders()}


@pytest.mark.parametrize("golden", DAYS, ids=lambda golden: golden.name)
def test_a_recorded_day_is_decided_again_without_a_difference(golden: Path) -> None:
    found = replayed(golden)
    assert (found["differences"], found["missing"], found["first"]) == (0, 0, "")
    assert found["ticks"] == 1440


def test_a_day_is_small_enough_to_be_kept() -> None:
    sizes = {path.name: path.stat().st_size for path in (GOLDEN / "days").rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 2_000_000, sizes
