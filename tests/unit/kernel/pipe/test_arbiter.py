"""One value for a point: who chose it, who narrowed it, and what excluded what."""

from __future__ import annotations

from typing import Any

import msgspec

from kernel.decision import Decision
from kernel.pipe.arbiter import arbitrate
from kernel.point import OnLoss, Point, Writing
from kernel.proposal import Priority, Proposal

POINT = Point(
    name="bat/p", unit="kW", writing=Writing(low=-50, high=50, safe_value=-5.0, on_loss=OnLoss.WRITE_SAFE)
)


def wish(agent: str, priority: Priority = Priority.CONTROL, **changes: Any) -> Proposal:
    fields = dict(agent=agent, point="bat/p", priority=priority, reason=agent, made_at_ns=0, expires_at_ns=1)
    return Proposal(**(fields | changes))


def decide(*proposals: Proposal, limits: tuple[float, float] = (-50.0, 50.0)) -> Decision | None:
    return arbitrate(POINT, proposals, limits=limits, tick=3, trace="t")


def test_bounds_without_a_wish_decide_nothing() -> None:
    assert decide(wish("a", low=0.0, high=1.0)) is None
    assert decide() is None


def test_a_wish_without_bounds_means_exactly_that_value() -> None:
    decided = decide(
        wish("person:p", Priority.PERSON, wanted=20.0), wish("a", wanted=-30.0, low=-30.0, high=30.0)
    )
    assert decided is not None
    assert (decided.value, decided.chosen_by, decided.conflict) == (20.0, "person:p", None)


def test_the_owner_of_an_exact_value_stays_its_owner() -> None:
    person = wish("person:p", Priority.PERSON, wanted=20.0, expires_at_ns=77, once=True)
    decided = decide(person, wish("a", wanted=40.0, expires_at_ns=99))
    assert decided is not None
    assert (decided.chosen_by, decided.expires_at_ns, decided.once) == ("person:p", 77, True)


def test_a_lower_priority_chooses_inside_what_is_left() -> None:
    decided = decide(
        wish("s", Priority.SAFETY, wanted=0.0, low=-10.0, high=10.0), wish("a", wanted=30.0, low=-40.0)
    )
    assert decided is not None
    assert (decided.value, decided.chosen_by) == (10.0, "a")


def test_a_wish_beyond_the_rating_bends_to_the_rating() -> None:
    decided = decide(wish("a", wanted=300.0))
    assert decided is not None
    assert (decided.value, decided.conflict) == (50.0, None)
    assert [(step.agent, step.low, step.high) for step in decided.narrowed_by] == [
        ("envelope", -50.0, 50.0),
        ("a", 50.0, 50.0),
    ]


def test_bounds_that_cannot_hold_together_give_the_safe_value_and_name_two_that_exclude_each_other() -> None:
    decided = decide(
        wish("s", Priority.SAFETY, low=10.0, high=30.0),
        wish("policy:x", Priority.POLICY, low=-40.0, high=40.0),
        wish("a", wanted=0.0, low=-5.0, high=5.0),
    )
    assert decided is not None
    assert (decided.value, decided.chosen_by) == (-5.0, "safe_set")
    assert decided.conflict is not None
    assert decided.conflict.agents == ("s", "a")
    assert "a wants bat/p in [-5, 5] kW, s leaves [10, 30] kW; safe value -5 wins" in decided.conflict.text


def test_the_safe_value_too_stays_inside_the_rating() -> None:
    decided = decide(wish("s", low=30.0), wish("t", wanted=10.0, high=20.0), limits=(0.0, 50.0))
    assert decided is not None
    assert decided.value == 0.0


def test_a_decision_over_open_bounds_is_read_back_as_it_was_written() -> None:
    decided = decide(wish("s", Priority.SAFETY, wanted=-20.0, high=-10.0), wish("a", wanted=5.0, low=0.0))
    assert decided is not None
    assert decided.conflict is not None
    late = decided.narrowed_by[-1]
    assert (late.low, late.high) == (0.0, None)
    assert msgspec.json.decode(msgspec.json.encode(decided), type=Decision) == decided
