"""What goes on under another site file: what means the same; everything else begins anew."""

from __future__ import annotations

import msgspec

from aios.gateway.take_over import Before, taken_over
from kernel.finding import Assessment
from kernel.pipe.state import PipeState, Refusal
from kernel.repair import CostOfWaiting, RepairOrder
from kernel.site import Site
from kernel.sum import Sum
from tests.unit.kernel.conftest import BATTERY, METER
from tests.unit.kernel.ticking import Line


def stood() -> tuple[Line, Before]:
    """A gateway that commands a battery."""
    line = Line()
    for _ in range(3):
        line.tick(meter=80.0)
    return line, Before(line.pipe.site, line.state)


def fresh() -> PipeState:
    return Line().state


def other(site: Site, point: str, **changes: object) -> Site:
    points = tuple(msgspec.structs.replace(p, **changes) if p.name == point else p for p in site.points)
    return msgspec.structs.replace(site, points=points)


def test_a_start_takes_nothing_over() -> None:
    line, state = Line(), fresh()
    assert taken_over(state, line.pipe.site, None) is state


def test_under_the_same_points_everything_goes_on() -> None:
    line, before = stood()
    went = taken_over(fresh(), line.pipe.site, before)
    assert BATTERY in before.state.postures
    assert went.postures[BATTERY] == before.state.postures[BATTERY]
    assert went.image.value.tolist() == before.state.image.value.tolist()
    assert went.tick == fresh().tick, "a new run counts its own ticks"


def test_a_point_that_changed_begins_anew_and_the_others_keep_their_posture() -> None:
    line, before = stood()
    went = taken_over(fresh(), other(line.pipe.site, METER, stale_s=99.0), before)
    assert BATTERY in went.postures
    assert went.image is not before.state.image
    changed = taken_over(fresh(), other(line.pipe.site, BATTERY, stale_s=99.0), before)
    assert BATTERY not in changed.postures


def test_a_wish_of_a_person_goes_on_with_its_point() -> None:
    line, before = stood()
    (key, wish) = next(iter(before.state.standing.items()))
    told = msgspec.structs.replace(wish, agent="person:anna")
    before = Before(
        before.site, msgspec.structs.replace(before.state, standing={("person:anna", key[1]): told})
    )
    went = taken_over(fresh(), line.pipe.site, before)
    assert list(went.standing) == [("person:anna", key[1])]


SUM = Sum(name="both", unit="kW", terms=((BATTERY, 1.0),))


def wishing(line: Line, about: str) -> PipeState:
    """A state in which a person wishes for a point or a sum, and the answer about its point was no."""
    wish = msgspec.structs.replace(next(iter(line.state.standing.values())), agent="person:anna", point=about)
    no = Refusal(
        agent="person:anna", point=BATTERY, value=5.0, wanted=5.0, rule="r", by_policy=True,
        until_ns=2**62, question="q", on="" if about == BATTERY else about,
    )  # fmt: skip
    plain = msgspec.structs.replace(no, agent="shaver", question="")
    return msgspec.structs.replace(
        line.state,
        standing={("person:anna", about): wish},
        refusals={("person:anna", BATTERY): no, ("shaver", BATTERY): plain},
    )


def test_a_wish_for_a_sum_and_the_answer_no_go_on_while_the_sum_and_its_points_are_the_same() -> None:
    line, _ = stood()
    with_sum = msgspec.structs.replace(line.pipe.site, sums=(SUM,))
    for about, site in ((BATTERY, line.pipe.site), ("both", with_sum)):
        before = Before(site, wishing(line, about))
        went = taken_over(fresh(), site, before)
        assert list(went.standing) == [("person:anna", about)]
        assert list(went.refusals) == [("person:anna", BATTERY)], "only what people said goes on"
        changed = taken_over(fresh(), other(site, BATTERY, stale_s=99.0), before)
        assert not changed.standing
        assert not changed.refusals
    doubled = msgspec.structs.replace(SUM, terms=((BATTERY, 2.0),))
    changed = taken_over(fresh(), msgspec.structs.replace(with_sum, sums=(doubled,)), before)
    assert not changed.standing
    assert not changed.refusals


def judged(asset: str) -> Assessment:
    return Assessment(
        asset=asset, made_at_ns=1, condition="watch", failure_per_year=0.1, failure_low=0.0, failure_high=0.2
    )


def ordered(asset: str) -> RepairOrder:
    return RepairOrder(
        id=f"{asset}/hot", asset=asset, title="hot", work="look", made_at_ns=1, decide_by_ns=2,
        cost_per_day=CostOfWaiting(days=1.0, median=0.0, low=0.0, high=0.0), if_you_wait=(), confidence=1,
        evidence=(),
    )  # fmt: skip


def test_assessments_and_repair_orders_go_on_with_their_asset_and_end_with_it() -> None:
    line, _ = stood()
    site = line.pipe.site
    orders = {order.id: order for order in map(ordered, ("bat", "cb", "gateway"))}
    told = {asset: judged(asset) for asset in ("bat", "cb")}
    before = Before(site, msgspec.structs.replace(line.state, assessments=told, orders=orders))
    went = taken_over(fresh(), site, before)
    assert (went.assessments, went.orders) == (told, orders)
    without = msgspec.structs.replace(
        site,
        assets=tuple(asset for asset in site.assets if asset.name != "cb"),
        points=tuple(point for point in site.points if not point.name.startswith("cb/")),
    )
    left = taken_over(fresh(), without, before)
    assert list(left.assessments) == ["bat"]
    assert list(left.orders) == ["bat/hot", "gateway/hot"], "the gateway itself is no asset of a site"
