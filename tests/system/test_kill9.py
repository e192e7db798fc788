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


def test_the_judge_sees_a_gateway_that_sends_open_commands_again(tmp_path: Path) -> None:
    report = kill_and_judge(tmp_path, kills=8, seed=21, sabotage="sends_again")
    assert any("executed 2 times" in one or "a second time" in one for one in report.violations)


def test_the_judge_sees_a_gateway_that_writes_before_it_journals(tmp_path: Path) -> None:
    report = kill_and_judge(tmp_path, kills=8, seed=22, sabotage="journals_late")
    assert any("never journalled" in one or "belongs to 0" in one for one in report.violations)
