"""What the panes say, from snapshots built of nouns."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec
import pytest

from aios.control_room.sight import Place
from aios.control_room.svg.one_line import Breaker
from aios.control_room.views.commands import commands
from aios.control_room.views.detail import details
from aios.control_room.views.header import header
from aios.control_room.views.lineage import way
from aios.control_room.views.load import load_pane
from aios.control_room.views.notices import notices
from aios.control_room.views.repairs import repairs, severity
from aios.control_room.views.runtime import runtime
from aios.control_room.views.substation import substation
from kernel.asset import Asset
from kernel.quality import INVALID, OLD
from kernel.repair import LikelyCause
from kernel.shell.wire import RungState, Snapshot
from tests.fakes import nord, nord_journal, nord_power, nord_questions, nord_repairs, snapshots

PLACE = Place(assets=nord.assets())


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_repairs_stand_in_their_rank_whatever_the_order_of_arrival():
    shot = snapshots.snapshot(orders=tuple(reversed(nord_repairs.orders())))
    assert [row.rank for row in repairs(shot, PLACE).rows] == [1, 2, 3, 4]


def test_a_closed_order_is_no_longer_listed():
    first, *rest = nord_repairs.orders()
    closed = msgspec.structs.replace(first, state="closed")
    assert [row.id for row in repairs(snapshots.snapshot(orders=(closed, *rest)), PLACE).rows] == [
        o.id for o in rest
    ]


@pytest.mark.parametrize(
    ("left_s", "expected"),
    [(-1, "p1"), (3600, "p2"), (2 * 86_400, "p2"), (3 * 86_400, "p3"), (15 * 86_400, "p4")],
)
def test_a_repairs_priority_follows_from_the_time_left(left_s: int, expected: str):
    assert severity(nord_repairs.order("t1", "x", "x", per_day=1, decide_in_s=left_s), nord.NOW) == expected


def test_a_decision_that_is_late_says_so_in_words():
    late = nord_repairs.order("t1", "x", "x", per_day=1, decide_in_s=-300)
    assert repairs(snapshots.snapshot(orders=(late,)), PLACE).rows[0].decide_within == "overdue 5 min"


def test_clock_times_are_in_the_sites_time_zone():
    berlin = Place(assets=nord.assets(), zone=ZoneInfo("Europe/Berlin"))
    assert repairs(snapshots.snapshot(), berlin).rows[0].decide_at == "19:40"
    assert header(snapshots.snapshot(), berlin).clock == "16:14:07"


def test_a_detail_names_value_limit_sensor_and_whether_the_limit_is_passed():
    top_oil, fan, _ = details(snapshots.snapshot(), PLACE)[0].evidence
    assert plain(top_oil.value) == "11.4 K"
    assert plain(top_oil.limit) == "limit 5 K"
    assert (top_oil.sensor, top_oil.beyond, top_oil.trend) == ("sensor good", True, "9 d trend")
    assert (fan.limit, fan.beyond) == ("no limit", False)


def test_a_detail_names_the_other_cause_with_its_share_and_an_order_of_one_cause_none():
    first = nord_repairs.orders()[0]
    causes = (LikelyCause(text="Cooling group", share=0.7), LikelyCause(text="Sensor drifts", share=0.3))
    shot = snapshots.snapshot(orders=(msgspec.structs.replace(first, causes=causes),))
    assert details(shot, PLACE)[0].alternatives == ("Sensor drifts (30 %)",)
    assert details(snapshots.snapshot(), PLACE)[0].alternatives == ()


def test_evidence_from_a_dead_sensor_shows_no_number_and_claims_no_limit_passed():
    first, *rest = nord_repairs.orders()
    dead = msgspec.structs.replace(first.evidence[0], quality=INVALID | OLD)
    shot = snapshots.snapshot(orders=(msgspec.structs.replace(first, evidence=(dead,)), *rest))
    piece = details(shot, PLACE)[0].evidence[0]
    assert (piece.value, piece.sensor, piece.good, piece.beyond) == (
        "no value", "sensor invalid (old)", False, False,
    )  # fmt: skip


def test_costs_far_apart_are_drawn_logarithmically_and_the_pane_is_told():
    assert details(snapshots.snapshot(), PLACE)[0].logarithmic is True
    near = msgspec.structs.replace(
        nord_repairs.orders()[0], if_you_wait=(nord_repairs.cost(1, 100), nord_repairs.cost(2, 190))
    )
    assert details(snapshots.snapshot(orders=(near,)), PLACE)[0].logarithmic is False


def test_agents_on_their_model_are_not_in_the_header():
    assert [rung.text for rung in header(snapshots.snapshot(), PLACE).rungs] == [
        "load_forecast on rule, not model"
    ]


def test_more_fallen_agents_than_fit_are_counted():
    rungs = tuple(RungState(agent=f"a{k}", rung="safe", why="", since_ns=nord.NOW - k) for k in range(5))
    top = header(snapshots.snapshot(rungs=rungs), PLACE)
    assert (len(top.rungs), top.more_rungs) == (2, 3)


def test_active_notices_and_the_alarms_of_the_list_are_counted_by_priority():
    shot = snapshots.snapshot()
    assert [each.count for each in header(shot, PLACE).alarms] == [1, 2, 2, 0]
    quiet = msgspec.structs.replace(shot, alarms=())
    assert [each.count for each in header(quiet, PLACE).alarms] == [0, 1, 2, 0]


def test_a_failing_gate_is_named_with_its_failure():
    gate = msgspec.structs.replace(snapshots.snapshot().gate, healthy=False, failure="wrong revision")
    top = header(snapshots.snapshot(gate=gate), PLACE)
    assert (top.gate_healthy, top.gate) == (False, "gate fails, all denied: wrong revision")


def test_a_scaled_clock_says_how_fast_it_runs():
    scaled = snapshots.snapshot(clock="scaled", clock_factor=1440.0)
    assert header(scaled, PLACE).clock_words == "scaled ×1440 (24 min a second)"


def test_notices_stand_active_first_then_by_priority_then_newest():
    assert [line.id for line in notices(snapshots.snapshot(), PLACE)] == ["n1", "n2", "n3", "n4"]


def test_the_load_is_drawn_in_megawatts_with_its_forecast_and_the_batterys_plan():
    pane = load_pane(snapshots.snapshot(), PLACE)
    assert (pane.unit, pane.model, pane.made_age) == ("MW", "online-quantile 0.1.0", "4 min")
    assert pane.plan == "plan by peak_shaving"
    for layer in ("measured", "band", "forecast", "plan", "limit"):
        assert f'class="{layer}"' in pane.chart


def test_the_plan_line_is_the_median_less_what_the_battery_injects():
    shot = snapshots.snapshot()
    drawn = load_pane(shot, PLACE).chart
    heights = drawn.split('class="plan" points="')[1].split('"')[0].split()
    limit = drawn.split('class="limit"')[1].split('y1="')[1].split('"')[0]
    assert min(float(pair.split(",")[1]) for pair in heights) == float(limit)


def test_a_plan_names_its_relief_even_where_it_charges_more_elsewhere():
    both = msgspec.structs.replace(nord_power.plans()[0], values=(-2000.0, 1500.0, 0.0))
    assert "plan: −1.5 MW by bat1" in plain(load_pane(snapshots.snapshot(plans=(both,)), PLACE).chart)
    charging = msgspec.structs.replace(both, values=(-2000.0, 0.0))
    assert "plan: +2 MW by bat1" in plain(load_pane(snapshots.snapshot(plans=(charging,)), PLACE).chart)


@pytest.mark.parametrize("title", ["T1", "t1", "T-1"])
def test_a_title_that_only_repeats_the_name_is_left_out(title: str):
    same = Place(assets=(Asset(name="t1", kind="transformer", title=title),))
    assert repairs(snapshots.snapshot(), same).rows[0].asset_title == ""


def test_a_plan_that_no_longer_holds_is_not_drawn():
    expired = msgspec.structs.replace(nord_power.plans()[0], valid_until_ns=nord.NOW - 1)
    pane = load_pane(snapshots.snapshot(plans=(expired,)), PLACE)
    assert pane.plan == ""
    assert 'class="plan"' not in pane.chart


def test_a_forecast_off_its_model_says_so():
    low = msgspec.structs.replace(nord_power.forecasts()[0], rung="baseline")
    assert (
        load_pane(snapshots.snapshot(forecasts=(low,)), PLACE).model
        == "online-quantile 0.1.0 on baseline, not model"
    )


def test_a_gateway_without_forecast_series_and_limit_still_has_a_load_pane():
    bare = snapshots.snapshot(forecasts=(), series=(), plans=(), demand_limit_kw=None, demand_point="")
    assert load_pane(bare, PLACE).made_ms is None


def bays(shot: Snapshot, place: Place = PLACE) -> dict[str, tuple[str, ...]]:
    drawn = substation(shot, place).one_line
    assert drawn is not None
    return {branch.name: tuple(bay.name for bay in branch.bays) for branch in drawn.branches}


def test_every_bay_hangs_below_the_transformer_that_feeds_it():
    assert bays(snapshots.snapshot()) == {"T1": ("F11", "F12", "BAT1"), "T2": ("F13", "F14", "F15")}


def test_a_bay_finds_its_breaker_above_below_or_in_its_zone():
    def placed(upstream: str, breaker: Asset) -> Place:
        head = Asset(name="grid", kind="connection")
        t1 = Asset(name="t1", kind="transformer", upstream="grid")
        return Place(
            assets=(head, t1, Asset(name="f11", kind="feeder", upstream=upstream, zone="bay11"), breaker)
        )

    for upstream, breaker in (
        ("cb11", Asset(name="cb11", kind="breaker", upstream="t1")),
        ("t1", Asset(name="cb11", kind="breaker", upstream="f11")),
        ("t1", Asset(name="cb11", kind="breaker", upstream="t1", zone="bay11")),
    ):
        drawn = substation(snapshots.snapshot(), placed(upstream, breaker)).one_line
        assert drawn is not None
        assert drawn.branches[0].bays[0].breaker is Breaker.CLOSED


def test_a_breaker_whose_position_is_not_good_is_not_drawn_as_open_or_closed():
    bad = tuple(
        msgspec.structs.replace(p, quality=INVALID) if p.point == "cb11/position" else p
        for p in nord.points()
    )
    drawn = substation(snapshots.snapshot(points=bad), PLACE).one_line
    assert drawn is not None
    assert drawn.branches[0].bays[0].breaker is Breaker.UNKNOWN


def test_topology_that_runs_in_a_circle_ends_the_walk():
    circle = (
        Asset(name="grid", kind="connection"),
        Asset(name="a", kind="feeder", upstream="b"),
        Asset(name="b", kind="feeder", upstream="a"),
    )
    assert bays(snapshots.snapshot(), Place(assets=circle)) == {"GRID": ()}


def test_an_asset_with_an_open_order_is_abnormal_in_the_diagram():
    drawn = substation(snapshots.snapshot(), PLACE).one_line
    assert drawn is not None
    assert [branch.severity for branch in drawn.branches] == ["p2", "p3"]
    assert substation(snapshots.snapshot(orders=()), PLACE).one_line.branches[0].severity == ""


def test_the_age_over_the_diagram_is_that_of_the_oldest_good_value():
    view = substation(snapshots.snapshot(), PLACE)
    assert view.oldest is not None
    assert (view.oldest.age, view.doubtful) == ("2 s", 4)


def test_commands_that_went_wrong_have_a_severity_and_others_none():
    shown = {row.outcome: row.severity for row in commands(snapshots.snapshot(), PLACE)}
    assert shown == {"open": "", "denied": "p3", "done": "", "timed out": "p2"}


def test_a_wish_that_people_are_asked_about_is_not_shown_as_denied():
    asked = tuple(
        msgspec.structs.replace(one, verdict="ask", outcome="denied")
        for one in snapshots.snapshot().commands[:1]
    )
    (row,) = commands(snapshots.snapshot(commands=asked), PLACE)
    assert (row.outcome, row.severity) == ("people asked", "asked")


def test_a_command_id_cannot_lead_elsewhere():
    odd = msgspec.structs.replace(nord_journal.commands()[0], id="../evil?x=//y")
    assert commands(snapshots.snapshot(commands=(odd,)), PLACE)[0].href == "/lineage/..%2Fevil%3Fx%3D%2F%2Fy"


def test_the_way_of_a_command_has_every_step_with_times_and_ages():
    told = way(
        nord_journal.lineage(),
        "nord-40980-1",
        {"bat1/active_power_setpoint": "kW", "grid/active_power": "kW"},
        PLACE.zone,
    )
    assert [step.title for step in told.steps] == [
        "Measured", "Forecast", "Proposed", "Narrowed and chosen", "Judged", "Answered", "Written",
        "Read back",
    ]  # fmt: skip
    measured, forecast, _, narrowed, judged, answered, written, read_back = told.steps
    assert plain(measured.rows[0][1]) == "28 790 kW"
    assert measured.rows[0][3] == "13:44:06 · 1 s before"
    assert forecast.rows[0][1] == "online-quantile 0.1.0"
    assert [row[0] for row in narrowed.rows] == [
        "envelope",
        "policy:battery_reserve",
        "peak_shaving",
        "peak_shaving",
    ]
    assert judged.rows[0][:2] == ("clamp", "battery_reserve")
    assert (answered.rows, answered.nothing) == ((), "nobody was asked")
    assert written.rows[0][4] == "13:44:07 · with the decision"
    assert read_back.rows[0][0] == "done"
    assert read_back.rows[0][3] == "13:44:08 · 1 s after"


def test_a_measurement_of_bad_quality_has_no_number_in_the_way_of_a_command():
    row = way(nord_journal.lineage(), "c", {}, PLACE.zone).steps[0].rows[1]
    assert row[1:3] == ("no value", "invalid (old)")


def test_the_way_of_a_command_says_who_agreed_to_it():
    asked = msgspec.structs.replace(
        nord_journal.lineage(), question=next(one for one in nord_questions.questions() if one.answers)
    )
    answered = way(asked, "c", {}, PLACE.zone).steps[5]
    assert answered.rows[0][:4] == ("B. Kranz", "OPERATOR", "yes", "seen")


def test_an_open_bound_is_written_as_one():
    told = nord_journal.lineage()
    open_end = msgspec.structs.replace(told.decision.narrowed_by[0], low=None, high=None)
    wide = msgspec.structs.replace(
        told, decision=msgspec.structs.replace(told.decision, narrowed_by=(open_end,))
    )
    row = way(wide, "c", {"bat1/active_power_setpoint": "kW"}, PLACE.zone).steps[3].rows[0]
    assert plain(row[1]) == "−∞ kW to ∞ kW"


def test_a_value_whose_unit_is_not_known_says_so():
    assert way(nord_journal.lineage(), "c", {}, PLACE.zone).steps[0].rows[0][1].endswith("(unit not known)")


def test_a_missed_deadline_is_flagged():
    assert [loop.missed for loop in runtime(snapshots.snapshot()).loops] == [True, False, False, False]
