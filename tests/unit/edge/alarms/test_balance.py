"""A balance that does not close raises an alarm and names the instrument where it can."""

from dataclasses import replace

import msgspec
import pytest

from edge.alarms.balance import BusbarBalance
from edge.alarms.family import framed
from kernel.asset import Asset
from kernel.site import Site
from tests.fakes import regulated_nord
from tests.fakes.nord_images import image, nord

BALANCE = BusbarBalance(nord())
PLACES = [definition.subject for definition in BALANCE.definitions]


def open_sums(family: BusbarBalance = BALANCE, **seen: float) -> set[str]:
    overs = family.look(framed(image(**seen)))
    return {PLACES[number] for number, over in overs.items() if over is not None and over > 0.0}


def named(place: str, **seen: float) -> str:
    return BALANCE.words(PLACES.index(place), framed(image(**seen))).point


def rated(**ratings: float) -> Site:
    """Nord with ratings added to the asset of each name before the double underscore."""
    site = nord()
    assets = []
    for asset in site.assets:
        mine = {k.partition("__")[2]: v for k, v in ratings.items() if k.partition("__")[0] == asset.name}
        assets.append(msgspec.structs.replace(asset, ratings={**asset.ratings, **mine}))
    return msgspec.structs.replace(site, assets=tuple(assets))


def test_both_transformers_and_the_connection_are_balanced() -> None:
    assert PLACES == ["grid", "t1", "t2"]
    assert open_sums() == set()


@pytest.mark.parametrize("kw", [-300.0, 300.0])
def test_a_meter_that_contradicts_itself_is_named(kw: float) -> None:
    seen = {"f13__active_power": 3_000.0 + kw}
    assert open_sums(**seen) == {"grid", "t2"}
    assert named("grid", **seen) == named("t2", **seen) == "f13/active_power"


def test_a_head_meter_alone_against_sums_that_close_is_named() -> None:
    seen = {"grid__active_power": 13_500.0, "grid__current": 74.7}
    assert open_sums(**seen) == {"grid"}
    assert named("grid", **seen) == "grid/active_power"


def test_a_current_transformer_of_a_transformer_is_named() -> None:
    seen = {"t1__load_current": 250.0}
    assert open_sums(**seen) == {"t1"}
    assert named("t1", **seen) == "t1/load_current"


def test_a_manipulated_meter_leaves_those_of_its_busbar() -> None:
    seen = {"f12__active_power": 2_400.0, "f12__reactive_power": 720.0, "f12__current": 71.26}
    assert open_sums(**seen) == {"grid", "t1"}
    words = BALANCE.words(PLACES.index("grid"), framed(image(**seen)))
    assert words.point == ""
    assert "one of F-11, F-12, BAT-1 is wrong" in words.text


def test_a_battery_feeds_in() -> None:
    seen = {"bat1__active_power": 2_000.0, "grid__active_power": 12_062.0, "t1__load_current": 152.9}
    assert open_sums(**seen) == set()
    assert open_sums(bat1__active_power=2_000.0) == {"grid", "t1"}


def test_a_gap_within_the_accuracy_is_none_and_the_site_may_say_how_accurate_its_meters_are() -> None:
    seen = {"grid__active_power": 14_150.0}
    assert open_sums(**seen) == set()
    sharp = rated(
        **{f"{name}__accuracy_percent": 0.05 for name in ("grid", "f11", "f12", "f13", "f14", "bat1")},
        t1__no_load_loss_kw=16.5,
        t1__load_loss_kw=112.0,
        t2__no_load_loss_kw=16.0,
        t2__load_loss_kw=109.0,
    )
    assert open_sums(BusbarBalance(sharp), **seen) == {"grid"}


def test_a_hole_in_a_sum_leaves_it_unjudged_and_the_other_judged() -> None:
    overs = BALANCE.look(framed(image(holes=("f12/active_power",))))
    assert overs == {PLACES.index("grid"): None, PLACES.index("t1"): None}


def test_every_value_of_the_sum_is_evidence() -> None:
    words = BALANCE.words(PLACES.index("t2"), framed(image()))
    names = {f"{found.asset}/{found.name}" for found in words.evidence}
    assert {"t2/load_current", "f13/active_power", "f14/reactive_power", "f15/voltage"} <= names


@pytest.mark.parametrize(("skew_s", "judged"), [(0, {"grid"}), (20, set())])
def test_readings_of_different_moments_are_not_held_against_each_other_while_power_moves(
    skew_s: int, judged: set[str]
) -> None:
    family, row = BusbarBalance(nord()), nord().row["grid/active_power"]

    def seen(second: float, **changes: float) -> set[str]:
        now = image(second, **changes)
        at_ns = now.at_ns.copy()
        at_ns[row] -= skew_s * 10**9
        overs = family.look(framed(replace(now, at_ns=at_ns)))
        return {PLACES[number] for number, over in overs.items() if over is not None and over > 0.0}

    assert seen(120.0) == set()
    assert seen(240.0, bat1__active_power=2_000.0, t1__load_current=152.9) == judged


def test_what_a_capacitor_bank_feeds_in_relieves_the_transformer() -> None:
    family = BusbarBalance(regulated_nord.site())
    t2 = [definition.subject for definition in family.definitions].index("t2")
    assert family.look(framed(regulated_nord.image())) == {}
    off = family.look(framed(regulated_nord.image(t2__load_current=250.0)))[t2]
    assert off is not None
    assert off > 0.0
    assert family.look(framed(regulated_nord.image(holes=("c2/reactive_power",))))[t2] is None


def test_a_capacitor_bank_that_nobody_measures_leaves_the_balance_of_its_transformer_open() -> None:
    site = nord()
    more = (*site.assets, Asset(name="c2", kind="capacitor", upstream="t2"))
    family = BusbarBalance(msgspec.structs.replace(site, assets=more))
    assert [definition.subject for definition in family.definitions] == ["grid", "t1"]
