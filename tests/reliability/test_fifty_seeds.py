"""Fifty seeds of one simulated hour in every run of the tests: in parts that run beside each other."""

from __future__ import annotations

import pytest

from tests.reliability.r13_simulation import attempt

FIRST = 15
"""The seeds before it run with the other promises."""


@pytest.mark.parametrize("first", range(FIRST, 51, 9))
def test_the_invariants_hold(first):
    tally = attempt(first, 9)
    assert tally.broken == ()
    assert tally.counts["writes"] > 500
