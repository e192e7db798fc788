"""Modes of points: what is frozen, replaced or marked, and what is not commanded any more."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from kernel.instruction import Instructed, Mode, PointMode
from kernel.pipe.state import LOST
from kernel.point import Kind, OnLoss, Point
from kernel.quality import BLOCKED, OLD, QUESTIONABLE, SUBSTITUTED, TEST, is_good
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S, make_pipe, make_site
from tests.unit.kernel.ticking import Line


def mode(point: str, kind: Mode, **more: Any) -> PointMode:
    return PointMode(key="k", person="m.jansen", reason="work on it", point=point, mode=kind, **more)


@pytest.fixture
def line() -> Line:
    made = Line()
    for _ in range(3):
        made.tick()
    assert made.authorities() == [("gate", 30.0)]
    return made


def outcome(line: Line, told: PointMode) -> Instructed:
    line.tell(told)
    return line.tick().outputs.instructions[0]


def test_a_blocked_reading_stays_what_it_was_and_control_does_not_use_it(line: Line) -> None:
    line.tell(mode(METER, Mode.BLOCKED))
    line.tick(meter=500.0)
    frozen = line.reading(METER)
    assert (frozen.value, frozen.quality) == (80.0, QUESTIONABLE | OLD | BLOCKED)
    assert line.state.rungs["shaver"].rung == "hold"


def test_a_reading_that_is_unblocked_is_the_device_s_again(line: Line) -> None:
    line.tell(mode(METER, Mode.BLOCKED))
    line.tick(meter=500.0)
    line.tell(mode(METER, Mode.NORMAL))
    line.tick()
    assert (line.reading(METER).value, is_good(line.reading(METER).quality)) == (500.0, True)


def test_after_a_mode_a_value_that_is_not_read_again_is_old(line: Line) -> None:
    line.tell(mode(METER, Mode.SUBSTITUTED, value=10.0))
    line.tick()
    line.values.pop(METER)
    line.tell(mode(METER, Mode.NORMAL))
    line.tick()
    assert line.reading(METER).quality == QUESTIONABLE | OLD
    line.tick()
    assert not is_good(line.reading(METER).quality)


def test_a_substituted_value_is_a_persons_and_never_good(line: Line) -> None:
    line.tell(mode(METER, Mode.SUBSTITUTED, value=10.0))
    line.tick()
    shown = line.reading(METER)
    assert (shown.value, shown.quality, shown.age_s) == (10.0, SUBSTITUTED, 0.0)
    assert line.state.rungs["shaver"].rung == "hold"


def test_a_substitute_is_used_where_the_site_says_so() -> None:
    site = make_site()
    points = tuple(msgspec.structs.replace(one, use_substitute=one.name == METER) for one in site.points)
    line = Line(make_pipe(msgspec.structs.replace(site, points=points)))
    line.tell(mode(METER, Mode.SUBSTITUTED, value=60.0))
    line.tick()
    assert line.authorities() == [("gate", 10.0)]
    assert line.reading(METER).quality & SUBSTITUTED


def test_a_blocked_substitute_is_still_a_substitute(line: Line) -> None:
    line.tell(mode(METER, Mode.SUBSTITUTED, value=10.0))
    line.tick()
    line.tell(mode(METER, Mode.BLOCKED))
    line.tick()
    assert line.reading(METER).value == 10.0
    assert line.reading(METER).quality & SUBSTITUTED


def test_a_reading_in_test_is_shown_and_not_used(line: Line) -> None:
    line.tell(mode(METER, Mode.TEST))
    line.tick(meter=90.0)
    assert line.reading(METER).value == 90.0
    assert line.reading(METER).quality & TEST
    assert line.state.rungs["shaver"].rung == "hold"


@pytest.mark.parametrize("kind", [Mode.LOCAL, Mode.BLOCKED, Mode.SUBSTITUTED])
def test_a_point_that_is_not_ours_gets_no_command_not_even_its_safe_value(line: Line, kind: Mode) -> None:
    line.tell(mode(BATTERY, kind, value=5.0 if kind is Mode.SUBSTITUTED else None))
    for power in (90.0, 60.0, 90.0):
        line.tick(meter=power)
    line.away.add(METER)  # the shaver wants nothing any more
    for _ in range(8):
        line.tick()
    assert line.authorities() == [("gate", 30.0)]
    assert BATTERY not in line.state.postures


def test_a_point_that_comes_back_is_decided_anew(line: Line) -> None:
    line.tell(mode(BATTERY, Mode.LOCAL))
    line.tick()
    line.values[BATTERY] = 77.0  # somebody turned it by hand
    line.tell(mode(BATTERY, Mode.NORMAL))
    line.tick()
    assert line.authorities() == [("gate", 30.0), ("gate", 30.0)]


def test_a_point_that_comes_back_and_that_nobody_wants_goes_safe(line: Line) -> None:
    line.tell(mode(BATTERY, Mode.LOCAL))
    line.away.add(METER)
    for _ in range(5):
        line.tick()
    line.tell(mode(BATTERY, Mode.NORMAL))
    line.tick()
    assert line.authorities() == [("gate", 30.0), ("safe_set", 0.0)]


def test_a_point_that_comes_back_and_holds_on_loss_is_left_alone() -> None:
    line = Line(make_pipe(make_site(on_loss=OnLoss.HOLD)))
    line.away.add(METER)
    line.tell(mode(BATTERY, Mode.LOCAL))
    line.tick()
    line.tell(mode(BATTERY, Mode.NORMAL))
    line.tick()
    assert (line.commands, dict(line.state.postures)) == ([], {})


def test_a_mode_for_a_time_ends_by_itself(line: Line) -> None:
    line.tell(mode(BATTERY, Mode.LOCAL, until_ns=line.now_ns + 3 * S))
    seen = []
    for _ in range(5):
        line.tick()
        seen.append(BATTERY in line.state.modes)
    assert seen == [True, True, True, False, False]
    assert line.state.postures[BATTERY].authority != LOST


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (mode("no/where", Mode.LOCAL), "no point no/where"),
        (mode(METER, Mode.LOCAL), "can only be read"),
        (mode(METER, Mode.SUBSTITUTED), "by a number"),
        (mode(METER, Mode.SUBSTITUTED, value=math.nan), "by a number"),
        (mode(METER, Mode.TEST, value=1.0), "goes with substituted"),
        (mode(METER, Mode.TEST, until_ns=5), "over at once"),
    ],
    ids=str,
)
def test_a_mode_that_makes_no_sense_is_refused_with_its_reason(line: Line, told: PointMode, why: str) -> None:
    assert why in outcome(line, told).refused
    assert not line.state.modes


def test_what_was_told_stands_in_the_outputs_taken_or_not(line: Line) -> None:
    assert outcome(line, mode(METER, Mode.TEST)).refused == ""
    assert line.last is not None
    assert line.last.outputs.is_news()


SWITCH = "bat/switch"


def switched() -> Line:
    """A battery whose device shows whether it is operated on the spot."""
    site = make_site(local=SWITCH)
    shown = Point(name=SWITCH, unit="1", kind=Kind.CODE, states={0: "remote", 1: "local"})
    line = Line(make_pipe(msgspec.structs.replace(site, points=(*site.points, shown))))
    line.values[SWITCH] = 0.0
    return line


def test_a_device_that_is_operated_on_the_spot_is_not_commanded() -> None:
    line = switched()
    line.values[SWITCH] = 1.0
    for _ in range(3):
        line.tick()
    assert (line.commands, sorted(line.state.local)) == ([], [BATTERY])
    line.values[SWITCH] = 0.0
    line.tick()
    assert line.authorities() == [("gate", 30.0)]


def test_a_switch_that_cannot_be_read_counts_as_it_stood() -> None:
    line = switched()
    line.values[SWITCH] = 1.0
    line.tick()
    line.away.add(SWITCH)
    for _ in range(3):
        line.tick()
    assert line.commands == []


def test_a_local_point_that_a_run_before_left_standing_is_not_even_made_safe(line: Line) -> None:
    left = {BATTERY: line.commands[0]}
    again = Line(line.pipe)
    again.state = again.pipe.begin(
        EmptyPast(), now_ns=999 * S, before=left, modes={BATTERY: mode(BATTERY, Mode.LOCAL)}
    )
    again.away.add(METER)
    for _ in range(3):
        again.tick()
    assert again.commands == []
    without = Line(line.pipe)
    without.state = without.pipe.begin(EmptyPast(), now_ns=999 * S, before=left)
    without.away.add(METER)
    without.tick()
    assert without.authorities() == [("safe_set", 0.0)]
