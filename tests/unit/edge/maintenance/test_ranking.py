from __future__ import annotations

import msgspec

from edge.maintenance.ranking import rank
from kernel.repair import CostOfWaiting, RepairOrder


def order(name: str, cost: float, *, decide_by: int = 0, state: str = "open") -> RepairOrder:
    waiting = CostOfWaiting(days=1.0, median=cost, low=cost / 2, high=cost * 2)
    return RepairOrder(
        id=name,
        asset=name,
        title="",
        work="",
        made_at_ns=0,
        decide_by_ns=decide_by,
        cost_per_day=waiting,
        if_you_wait=(waiting,),
        confidence=2,
        evidence=(),
        state=state,
    )


def test_the_dearest_is_first_and_ties_go_by_the_last_time_to_decide():
    ranking = rank([order("a", 10.0, decide_by=5), order("b", 90.0), order("c", 10.0, decide_by=1)])
    assert ranking.ids == ("b", "c", "a")
    assert [o.rank for o in ranking.orders] == [1, 2, 3]


def test_two_orders_of_about_the_same_cost_keep_their_places():
    first = rank([order("a", 100.0), order("b", 95.0)])
    second = rank([order("a", 95.0), order("b", 105.0)], first)
    assert second.ids == ("a", "b")
    assert second.moved == {}


def test_a_clearly_dearer_order_overtakes_and_says_why():
    first = rank([order("a", 100.0), order("b", 95.0)])
    second = rank([order("a", 100.0), order("b", 200.0)], first)
    assert second.ids == ("b", "a")
    assert second.moved["b"] == "up 1: waiting costs 200 a day, was 95"
    assert second.moved["a"].startswith("down 1: others changed")


def test_a_new_order_enters_where_its_cost_belongs():
    first = rank([order("a", 100.0), order("b", 10.0)])
    second = rank([order("a", 100.0), order("b", 10.0), order("n", 50.0)], first)
    assert second.ids == ("a", "n", "b")
    assert second.moved["n"] == "new: waiting costs 50 a day"


def test_a_closed_order_leaves_the_list():
    first = rank([order("a", 100.0), order("b", 10.0)])
    assert rank([order("a", 100.0, state="closed"), order("b", 10.0)], first).ids == ("b",)


def test_a_ranking_is_the_same_when_nothing_changes():
    orders = [order(name, cost) for name, cost in (("a", 3.0), ("b", 7.0), ("c", 5.0))]
    first = rank(orders)
    assert rank(list(reversed(orders)), first) == msgspec.structs.replace(first, moved={})
