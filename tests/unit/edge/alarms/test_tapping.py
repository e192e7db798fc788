"""A changer that does not move when its regulator has reason to is found; one that may stand still is not."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from edge.alarms.conditions import families
from edge.alarms.definition import rules
from edge.alarms.family import framed
from edge.alarms.tapping import GAP_S, TapFollows
from kernel.site import Site
from tests.fakes.nord_images import nord
from tests.fakes.regulated_nord import DELAY_S, image, site

LIMITS = rules()["tap_not_following"].limits
PATIENCE_S = DELAY_S + LIMITS["steps_s"]
LOW, HIGH = {"t2__regulated_voltage": 19.9}, {"t2__regulated_voltage": 20.9}
MANUAL, HIGHEST, LOWEST = 0.0, 1.0, 2.0


def live(family: TapFollows, seconds: float, begin_s: float = 0.0, **seen: float) -> float | None:
    """Look every ten seconds; return what is said at the end, -99 where nothing is."""
    overs: dict[int, float | None] = {}
    for step in range(round(seconds / 10.0) + 1):
        overs = dict(family.look(framed(image(begin_s + 10.0 * step, **seen))))
    return overs.get(0, -99.0)


def new(of: Site | None = None) -> TapFollows:
    return TapFollows(of or site())


def test_only_a_site_whose_regulator_shows_itself_has_the_alarm() -> None:
    assert "tap_not_following" not in {d.condition for one in families(nord()) for d in one.definitions}
    found = {d.id for one in families(site()) for d in one.definitions}
    assert "tap_not_following:t2" in found
    assert "tap_not_following:t1" not in found


@pytest.mark.parametrize("seen", [LOW, HIGH])
def test_a_changer_that_stands_is_overdue_after_the_delay_and_a_few_steps(seen: dict[str, float]) -> None:
    assert live(new(), PATIENCE_S, **seen) == -99.0
    assert live(new(), PATIENCE_S + 60.0, **seen) == pytest.approx(60.0)


def test_a_voltage_in_its_band_needs_no_tap_and_the_meter_may_be_wrong() -> None:
    assert live(new(), 4 * PATIENCE_S) == -99.0
    edge = 20.4 - 0.22 - 0.9 * LIMITS["margin_percent"] / 100.0 * 20.4
    assert live(new(), 4 * PATIENCE_S, t2__regulated_voltage=edge) == -99.0


def test_a_tap_that_moves_starts_the_wait_anew() -> None:
    family = new()
    live(family, PATIENCE_S, **LOW)
    assert live(family, PATIENCE_S, begin_s=PATIENCE_S + 10.0, t2__tap_position=-3.0, **LOW) == -99.0


def test_a_voltage_that_came_back_between_starts_the_wait_anew() -> None:
    family = new()
    live(family, PATIENCE_S, **LOW)
    live(family, 0.0, begin_s=PATIENCE_S + 10.0)
    assert live(family, PATIENCE_S, begin_s=PATIENCE_S + 20.0, **LOW) == -99.0
    assert live(family, PATIENCE_S, begin_s=2 * PATIENCE_S + 30.0, **HIGH) == -99.0


def test_nobody_follows_in_manual_or_without_supply() -> None:
    assert live(new(), 4 * PATIENCE_S, t2__regulator_state=MANUAL, **LOW) == -99.0
    assert live(new(), 4 * PATIENCE_S, t2__regulated_voltage=0.0) == -99.0
    assert live(new(), 4 * PATIENCE_S, t2__regulated_voltage=12.0) == -99.0


@pytest.mark.parametrize(("end", "stands", "seen"), [(HIGHEST, LOW, HIGH), (LOWEST, HIGH, LOW)])
def test_at_its_end_it_need_not_follow_further_but_back(
    end: float, stands: dict[str, float], seen: dict[str, float]
) -> None:
    assert live(new(), 4 * PATIENCE_S, t2__tap_end_state=end, **stands) == -99.0
    over = live(new(), 4 * PATIENCE_S, t2__tap_end_state=end, **seen)
    assert over is not None
    assert over > 0.0


@pytest.mark.parametrize("point", ["t2/tap_position", "t2/regulated_voltage", "t2/voltage_target"])
def test_without_a_good_reading_nothing_is_judged(point: str) -> None:
    family = new()
    live(family, 4 * PATIENCE_S, **LOW)
    assert family.look(framed(image(4 * PATIENCE_S + 10.0, holes=(point,), **LOW))) == {0: None}


def test_what_happened_in_a_long_hole_counts_for_no_wait() -> None:
    family = new()
    live(family, PATIENCE_S - 30.0, **LOW)
    begin_s = PATIENCE_S + GAP_S
    assert live(family, 0.0, begin_s=begin_s, **LOW) == -99.0
    assert not family.knows(0), "an alarm that stands would be cleared by a hole"
    assert live(family, PATIENCE_S + 10.0, begin_s=begin_s, **LOW) == pytest.approx(10.0)


def test_after_a_start_it_knows_nothing_until_the_voltage_was_well_or_the_tap_moved() -> None:
    family = new()
    live(family, 30.0, **LOW)
    assert not family.knows(0)
    live(family, 0.0, begin_s=40.0, t2__tap_position=-3.0, **LOW)
    assert family.knows(0)
    family = new()
    live(family, 0.0)
    assert family.knows(0)


def without(*names: str, **ratings: float) -> Site:
    """The site without some points of T2, and with more ratings of it."""
    of = site()
    points = tuple(point for point in of.points if point.name not in {f"t2/{name}" for name in names})
    assets = tuple(
        msgspec.structs.replace(one, ratings={**one.ratings, **ratings}) if one.name == "t2" else one
        for one in of.assets
    )
    return msgspec.structs.replace(of, points=points, assets=assets)


SETTINGS = ("voltage_target", "voltage_bandwidth", "regulator_delay", "regulator_state", "tap_end_state")


def test_a_site_may_say_what_a_device_does_not_show() -> None:
    assert new(without(*SETTINGS)).definitions == ()
    assert new(without("tap_position")).definitions == ()
    rated = without(
        *SETTINGS, voltage_target_kv=20.4, voltage_bandwidth_kv=0.4, tap_lowest=-9.0, tap_highest=9.0
    )
    (definition,) = new(rated).definitions
    assert definition.id == "tap_not_following:t2"


RATED = {"voltage_target_kv": 20.4, "voltage_bandwidth_kv": 0.44, "tap_lowest": -9.0, "tap_highest": 9.0}


@pytest.mark.parametrize(
    ("raises", "position", "judged"),
    [
        (0.0, -2.0, {"low", "high"}),
        (0.0, 9.0, set()),
        (1.0, 9.0, {"high"}),
        (1.0, -9.0, {"low"}),
        (-1.0, 9.0, {"low"}),
        (-1.0, -9.0, {"high"}),
    ],
)
def test_an_end_by_ratings_is_judged_back_where_they_say_which_way_it_raises(
    raises: float, position: float, judged: set[str]
) -> None:
    of, told = without(*SETTINGS, **RATED, **({"tap_raises": raises} if raises else {})), set()
    for name, seen in (("low", LOW), ("high", HIGH)):
        family = TapFollows(of)
        overs: dict[int, float | None] = {}
        for step in range(60):
            whole = image(10.0 * step, t2__tap_position=position, **seen)
            rows = [site().row[point.name] for point in of.points]
            parts = {"value", "quality", "at_ns", "available_at_ns"}
            shown = dataclasses.replace(whole, **{part: getattr(whole, part)[rows] for part in parts})
            overs = dict(family.look(framed(shown)))
        told |= {name} if 0 in overs else set()
    assert told == judged


def test_the_words_say_where_it_stands_and_what_is_kept() -> None:
    family = new()
    live(family, 600.0, **LOW)
    words = family.words(0, framed(image(600.0, **LOW)))
    assert words.text == (
        "tap changer of T2 has stood at position -2 for 10 min: 19.90 kV where 20.40 kV +- 0.22 kV is kept"
    )
    assert words.point == "t2/tap_position"
    (volts,) = [found for found in words.evidence if found.name == "regulated_voltage"]
    assert volts.limit == pytest.approx(20.18)
    live(family, 0.0, begin_s=610.0)
    assert family.words(0, framed(image(610.0))).text.startswith("tap changer of T2 need not move")
