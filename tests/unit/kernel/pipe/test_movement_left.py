"""Movement goes on through a restart: ramps from what stands, least times from when it was switched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from kernel.command import Command, Outcome, Receipt
from kernel.journal.commands import CommandJournal
from kernel.pipe.shaping import Moment, shapes_left, where_it_stands
from kernel.pipe.tick import Outputs
from kernel.point import Operation
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, S
from tests.unit.kernel.pipe.test_shaping import ask, run, shaped
from tests.unit.kernel.ticking import Line

LEAST = {"off_value": 0.0, "min_on_s": 60.0, "min_off_s": 60.0}


def written(at_s: float, value: float) -> Command:
    return Command(
        id=f"c{at_s:g}", trace="t", point=BATTERY, value=value, operation=Operation.SETPOINT, tick=0,
        issued_at_ns=round(at_s * S), valid_until_ns=round(at_s * S) + S, authority="gate", revision="r",
        reason="r",
    )  # fmt: skip


def journalled(folder: Path, *commands: tuple[Command, Outcome | None]) -> CommandJournal:
    journal = CommandJournal(folder / "commands.db")
    for command, outcome in commands:
        ends = () if outcome is None else (Receipt(command=command.id, outcome=outcome, at_ns=1, detail=""),)
        journal.append(Outputs(tick=command.tick, now_ns=1, commands=(command,), receipts=ends))
    return journal


def restarted(folder: Path, *commands: tuple[Command, Outcome | None], **writing: Any) -> Line:
    """A line that begins at second 1000 with what the journal knows."""
    line, journal = shaped(**writing), journalled(folder, *commands)
    line.state = line.pipe.begin(
        EmptyPast(), now_ns=999 * S, before=journal.last_setpoints(), written=journal.set_points()
    )
    journal.close()
    return line


def changes(line: Line, wanted: float, ticks: int) -> list[tuple[int, float]]:
    """Return when the set-point was commanded, seconds after the start, and to what."""
    line.tick(None, ask(line, wanted))
    run(line, ticks)
    return [(c.issued_at_ns // S - 1000, c.value) for c in line.commands]


def test_a_least_time_goes_on_through_a_restart(tmp_path: Path) -> None:
    line = restarted(tmp_path, (written(970.0, 40.0), Outcome.DONE), **LEAST)
    line.values[BATTERY] = 40.0
    first_off = next(at for at, value in changes(line, 0.0, 70) if value == 0.0)
    assert first_off == 30


def test_a_least_time_that_is_over_holds_nobody_up_after_a_restart(tmp_path: Path) -> None:
    line = restarted(tmp_path, (written(900.0, 40.0), Outcome.DONE), **LEAST)
    line.values[BATTERY] = 40.0
    assert changes(line, 0.0, 3)[0] == (0, 0.0)


def test_where_a_device_was_switched_while_nobody_looked_its_least_time_begins_with_the_reading(
    tmp_path: Path,
) -> None:
    line = restarted(tmp_path, (written(900.0, 40.0), Outcome.DONE), **LEAST)
    line.values[BATTERY] = 0.0
    first_on = next(at for at, value in changes(line, 25.0, 70) if value == 25.0)
    assert first_on == 60


def test_a_ramp_goes_on_from_what_was_written_last_where_nothing_good_is_read(tmp_path: Path) -> None:
    line = restarted(tmp_path, (written(970.0, 40.0), Outcome.DONE), ramp_per_s=10.0)
    moment = Moment(site=line.pipe.site, state=line.state, elapsed_s=1.0)
    assert where_it_stands(moment, line.pipe.site.point(BATTERY)).value == 40.0


def test_a_ramp_goes_on_from_what_is_read_after_a_restart(tmp_path: Path) -> None:
    line = restarted(tmp_path, (written(970.0, 40.0), Outcome.DONE), ramp_per_s=10.0)
    line.values[BATTERY] = 60.0
    assert changes(line, 90.0, 0) == [(0, 70.0)]


ON, OFF, DONE, LOST = 40.0, 0.0, Outcome.DONE, Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("told", "since_s"),
    [
        ([(100, ON, DONE)], 100),
        ([(100, OFF, DONE), (200, ON, DONE), (300, 45.0, DONE)], 200),
        ([(100, ON, DONE), (200, OFF, DONE), (300, ON, DONE)], 300),
        ([(100, ON, DONE), (200, OFF, LOST), (300, ON, DONE)], 300),
        ([(100, OFF, DONE), (200, ON, LOST), (300, ON, DONE)], 300),
        ([(100, OFF, DONE), (200, ON, Outcome.EXPIRED)], 100),
        ([(100, OFF, DONE), (200, ON, None)], 200),
        ([(2000, ON, DONE)], 999),
    ],
    ids=["once", "renewed", "switched", "perhaps off", "perhaps on", "never sent", "open", "clock set back"],
)
def test_a_set_point_was_switched_at_the_latest_when_a_confirmed_write_says_so(
    tmp_path: Path, told: Sequence[tuple[float, float, Outcome | None]], since_s: float
) -> None:
    journal = journalled(tmp_path, *((written(at, value), outcome) for at, value, outcome in told))
    line = shaped(**LEAST)
    (shape,) = shapes_left(line.pipe.site, journal.set_points(), now_ns=999 * S).values()
    journal.close()
    assert shape.switched_ns == since_s * S


def test_a_site_without_limits_of_movement_takes_nothing_over(tmp_path: Path) -> None:
    assert restarted(tmp_path, (written(970.0, 40.0), Outcome.DONE)).state.shapes == {}
