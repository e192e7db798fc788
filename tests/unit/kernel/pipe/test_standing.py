"""Wishes stand until they expire or their maker replaces them."""

from __future__ import annotations

from typing import Any

from kernel.pipe.standing import admitted, by_point, stand
from kernel.pipe.state import Refusal
from kernel.proposal import Priority, Proposal

S = 1_000_000_000


def wish(agent: str = "a", **changes: Any) -> Proposal:
    fields = dict(
        agent=agent,
        point="p/q",
        priority=Priority.CONTROL,
        wanted=1.0,
        reason="r",
        made_at_ns=0,
        expires_at_ns=S,
    )
    return Proposal(**(fields | changes))


def test_a_wish_stands_until_the_moment_it_expires() -> None:
    table = stand({}, [wish()], now_ns=0)
    assert stand(table, [], now_ns=S - 1) == table
    assert stand(table, [], now_ns=S) == {}


def test_a_wish_that_has_expired_when_it_arrives_never_stands() -> None:
    table = stand({}, [wish(wanted=1.0, expires_at_ns=2 * S)], now_ns=0)
    assert stand(table, [wish(wanted=2.0)], now_ns=S) == table


def test_a_newer_wish_takes_the_place_of_its_makers_older_one_and_of_no_other() -> None:
    table = stand({}, [wish("a"), wish("b"), wish("a", point="p/other")], now_ns=0)
    after = stand(table, [wish("a", wanted=9.0)], now_ns=0)
    assert [p.wanted for p in after.values()] == [9.0, 1.0, 1.0]


def test_the_table_before_is_left_as_it_was() -> None:
    table = stand({}, [wish()], now_ns=0)
    stand(table, [wish(wanted=9.0)], now_ns=2 * S)
    assert table["a", "p/q"].wanted == 1.0


def test_wishes_narrow_in_the_order_of_priority_and_then_of_names() -> None:
    wishes = [
        wish("z", priority=Priority.SAFETY),
        wish("b"),
        wish("a"),
        wish("c", priority=Priority.PERSON),
        wish("a", point="p/other"),
    ]
    for order in (wishes, wishes[::-1]):
        grouped = by_point(stand({}, order, now_ns=0))
        assert [p.agent for p in grouped["p/q"]] == ["z", "c", "a", "b"]
        assert list(grouped) == ["p/other", "p/q"]


def refused(agent: str = "a", **changes: Any) -> dict[tuple[str, str], Refusal]:
    fields = dict(agent=agent, point="p/q", value=1.0, wanted=1.0, rule="no", by_policy=True, until_ns=S)
    return {(agent, "p/q"): Refusal(**(fields | changes))}


def test_a_wish_that_policy_refused_is_left_out_while_the_refusal_stands() -> None:
    table = stand({}, [wish("a"), wish("b")], now_ns=0)
    assert list(admitted(table, refused(), now_ns=S - 1)) == [("b", "p/q")]
    assert admitted(table, refused(), now_ns=S) == table


def test_a_wish_is_not_left_out_that_changed_or_that_policy_itself_did_not_refuse() -> None:
    table = stand({}, [wish("a")], now_ns=0)
    assert admitted(table, refused(wanted=2.0), now_ns=0) == table
    assert admitted(table, refused(by_policy=False), now_ns=0) == table
    assert admitted(table, refused("b"), now_ns=0) == table


def test_an_operation_asked_for_once_is_judged_each_time() -> None:
    table = stand({}, [wish("a", once=True)], now_ns=0)
    assert admitted(table, refused(), now_ns=0) == table


def test_the_bounds_of_a_refused_wish_go_on_holding() -> None:
    table = stand({}, [wish("a", high=5.0)], now_ns=0)
    left = admitted(table, refused(), now_ns=0)["a", "p/q"]
    assert (left.wanted, left.high) == (None, 5.0)
