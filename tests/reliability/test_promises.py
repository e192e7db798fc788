"""Every promise holds at its reduced count, and its judges see sabotage; the full counts are another lane."""

from __future__ import annotations

import pytest

from tests.reliability.promises import promises

EVERY = [pytest.param(promise, id=promise.id) for promise in promises()]
ELSEWHERE = {"R13"}
"""Its sabotage is found, and found again by the seed that it names, in `test_simulation.py`."""
CONTROLLED = [
    pytest.param(promise, id=promise.id)
    for promise in promises()
    if promise.control and promise.id not in ELSEWHERE
]
pytestmark = pytest.mark.system


@pytest.mark.parametrize("promise", EVERY)
def test_the_promise_holds(promise):
    tally = promise.attempt(promise.seed, promise.reduced)
    assert tally.broken == ()
    assert tally.tried == promise.reduced


@pytest.mark.parametrize("promise", CONTROLLED)
def test_the_judges_see_sabotage(promise):
    assert promise.control(promise.seed).broken
