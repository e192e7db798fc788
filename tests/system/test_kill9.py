"""A gateway killed at random moments loses no command and executes none twice; the devices say so."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kill9.run import kill_and_judge

pytestmark = pytest.mark.system


def test_no_command_is_lost_or_executed_twice_over_twenty_kills(tmp_path: Path) -> None:
    report = kill_and_judge(tmp_path, kills=20, seed=20)
    assert report.violations == ()
    assert report.left_open > 0, "no command was open at any kill: nothing was tried"
    assert report.outcomes["setpoint done"] >= 10, report
    assert report.outcomes["pulse done"] >= 1, report


def seen(folder: Path, sabotage: str, *words: str) -> bool:
    """Whether the judge tells one of these of a sabotaged gateway: some kill must fall where it shows."""
    return any(
        word in one
        for seed in range(21, 26)
        for one in kill_and_judge(folder / str(seed), kills=8, seed=seed, sabotage=sabotage).violations
        for word in words
    )


def test_the_judge_sees_a_gateway_that_sends_open_commands_again(tmp_path: Path) -> None:
    assert seen(tmp_path, "sends_again", "executed 2 times", "a second time")


def test_the_judge_sees_a_gateway_that_writes_before_it_journals(tmp_path: Path) -> None:
    assert seen(tmp_path, "journals_late", "never journalled", "belongs to 0")
