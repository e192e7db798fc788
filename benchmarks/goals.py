"""Goals against results: which are met, which are not, and which have not been measured.

    python -m benchmarks.goals

The goals stand in `goals.toml`, the figures in `results/*.json`. `met` is computed here and stored nowhere.
Exit code 1 where a goal is unmet or has no figure.
"""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.results import RESULTS, Row, read_all

GOALS: Final = Path(__file__).parent / "goals.toml"
OPERATORS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
"""What `op` may say; anything else is an error, not an unmet goal."""


class Goal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One promise of the project."""

    name: str
    op: str
    goal: float
    conditions: str = msgspec.field(name="with")
    """Under which the figure must be taken."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A goal beside its figure."""

    goal: Goal
    row: Row | None

    @property
    def verdict(self) -> str:
        """Return met, unmet or missing; a figure that is no number meets nothing."""
        if self.row is None:
            return "missing"
        return "met" if OPERATORS[self.goal.op](self.row.value, self.goal.goal) else "unmet"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    goal: list[Goal]


def read_goals(path: Path = GOALS) -> tuple[Goal, ...]:
    """Read the goals.

    Raises:
        ValueError: a goal has an operator that nobody knows, or two have one name.
    """
    goals = tuple(msgspec.toml.decode(path.read_bytes(), type=_File).goal)
    unknown = [f"{goal.name}: no operator {goal.op}" for goal in goals if goal.op not in OPERATORS]
    if unknown:
        raise ValueError("; ".join(unknown))
    if len({goal.name for goal in goals}) < len(goals):
        raise ValueError(f"two goals of {path} have one name")
    return goals


def compare(goals: Sequence[Goal], rows: Mapping[str, Row]) -> tuple[Standing, ...]:
    """Put every goal beside its figure."""
    return tuple(Standing(goal=goal, row=rows.get(goal.name)) for goal in goals)


def table_of(standings: Sequence[Standing]) -> Table:
    """Lay the goals out for a terminal."""
    table = Table("goal", "op", "figure", "met", "command", title="goals", title_justify="left")
    for standing in standings:
        goal, row = standing.goal, standing.row
        figure = "-" if row is None else f"{row.value:g} {row.unit}"
        command = "-" if row is None else row.command
        table.add_row(goal.name, f"{goal.op} {goal.goal:g}", figure, standing.verdict, command)
    return table


def main(goals: Path = GOALS, results: Path = RESULTS, console: Console | None = None) -> int:
    """Print the table; return 0 where every goal is met, else 1."""
    standings = compare(read_goals(goals), read_all(results))
    (console or Console(width=160)).print(table_of(standings))
    return 0 if all(standing.verdict == "met" for standing in standings) else 1


if __name__ == "__main__":
    sys.exit(main())
