"""`met` is computed from goal and figure, and a goal without a figure is missing."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.goals import Standing, compare, main, read_goals
from benchmarks.results import Row, write

GOALS = """
[[goal]]
name = "x.seconds"
op = "<"
goal = 120
with = "quiet machine"
"""


def row(value: float) -> dict[str, object]:
    return {
        "name": "x.seconds", "value": value, "unit": "s", "count": 1, "seconds": 1.0, "command": "bench x",
    }  # fmt: skip


def told(tmp_path: Path) -> tuple[int, str]:
    goals = tmp_path / "goals.toml"
    goals.write_text(GOALS)
    out = io.StringIO()
    code = main(goals, tmp_path, Console(file=out, width=160))
    return code, out.getvalue()


@pytest.mark.parametrize(
    ("value", "code", "verdict"), [(119.0, 0, "met"), (120.0, 1, "unmet")], ids=["met", "unmet"]
)
def test_a_figure_decides_whether_its_goal_is_met(
    tmp_path: Path, value: float, code: int, verdict: str
) -> None:
    write("x", [row(value)], folder=tmp_path)
    answered, text = told(tmp_path)
    assert (answered, f" {verdict} " in text, "bench x" in text) == (code, True, True)


def test_a_figure_that_is_no_number_meets_nothing(tmp_path: Path) -> None:
    assert Standing(goal=_goal(tmp_path), row=_row(float("nan"))).verdict == "unmet"


def test_a_goal_without_a_figure_is_missing(tmp_path: Path) -> None:
    code, text = told(tmp_path)
    assert (code, " missing " in text) == (1, True)


@pytest.mark.parametrize(
    ("op", "value", "met"),
    [("<", 1.0, False), ("<=", 1.0, True), ("==", 1.0, True), (">=", 0.9, False), (">", 1.1, True)],
)
def test_every_operator_means_what_it_says(tmp_path: Path, op: str, value: float, *, met: bool) -> None:
    path = tmp_path / "goals.toml"
    path.write_text(GOALS.replace('"<"', f'"{op}"').replace("120", "1"))
    (standing,) = compare(read_goals(path), {"x.seconds": _row(value)})
    assert (standing.verdict == "met") is met


def test_an_unknown_operator_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "goals.toml"
    path.write_text(GOALS.replace('"<"', '"about"'))
    with pytest.raises(ValueError, match="no operator about"):
        read_goals(path)


def test_the_shipped_goals_can_be_read_and_each_names_its_conditions() -> None:
    goals = read_goals()
    assert len(goals) >= 5
    assert all(goal.conditions and goal.name.startswith("demo.") for goal in goals[:5])


def _goal(tmp_path: Path):
    path = tmp_path / "goals.toml"
    path.write_text(GOALS)
    return read_goals(path)[0]


def _row(value: float) -> Row:
    return Row(name="x.seconds", value=value, unit="s", count=1, seconds=1.0, command="bench x")
