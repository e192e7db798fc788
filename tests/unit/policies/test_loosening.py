"""A verdict loosens where it lets through what another one held back, and nowhere else."""

from __future__ import annotations

import itertools

import pytest

from kernel.verdict import Allow, Ask, Clamp, Deny, Verdict
from policies.loosening import in_words, loosens

ALLOW, DENY = Allow(revision="1"), Deny(rule="r", reason="w", revision="1")


def clamp(low: float | None = None, high: float | None = None) -> Clamp:
    return Clamp(rule="r", reason="w", revision="1", low=low, high=high)


def ask(approvals: int = 2, **more: object) -> Ask:
    return Ask(rule="r", reason="w", revision="1", approvals=approvals, **more)


@pytest.mark.parametrize(
    ("was", "would"),
    [
        (DENY, ALLOW),
        (DENY, clamp(high=5.0)),
        (DENY, ask()),
        (ask(), ALLOW),
        (ask(), clamp(high=5.0)),
        (ask(2), ask(1)),
        (ask(roles=("ENGINEER",)), ask()),
        (ask(roles=("ENGINEER",)), ask(roles=("ENGINEER", "VIEWER"))),
        (ask(holds_s=60.0), ask(holds_s=600.0)),
        (ask(low=0.0, high=5.0), ask(low=0.0, high=9.0)),
        (ask(), ask(low=0.0, high=9.0)),
        (clamp(high=5.0), ALLOW),
        (clamp(high=5.0), clamp(high=6.0)),
        (clamp(high=5.0), clamp(low=1.0)),
        (clamp(low=1.0, high=5.0), clamp(low=2.0, high=6.0)),
    ],
    ids=in_words,
)
def test_it_loosens(was: Verdict, would: Verdict):
    assert loosens(was, would)


@pytest.mark.parametrize(
    ("was", "would"),
    [
        (ALLOW, DENY),
        (ALLOW, clamp(high=5.0)),
        (ALLOW, ask()),
        (ask(), DENY),
        (ask(1), ask(2)),
        (ask(roles=("ENGINEER", "VIEWER")), ask(roles=("ENGINEER",))),
        (clamp(high=5.0), DENY),
        (clamp(high=5.0), ask()),
        (clamp(high=5.0), clamp(high=4.0)),
        (clamp(high=5.0), clamp(low=1.0, high=5.0)),
    ],
    ids=in_words,
)
def test_it_does_not(was: Verdict, would: Verdict):
    assert not loosens(was, would)


def test_nothing_loosens_itself_and_no_two_denials_each_other():
    every = [ALLOW, DENY, ask(), ask(1), clamp(high=5.0), clamp(low=1.0), clamp(low=1.0, high=5.0)]
    assert not any(loosens(one, one) for one in every)
    assert not loosens(DENY, Deny(rule="other", reason="else", revision="2"))
    for one, other in itertools.permutations(every, 2):
        assert loosens(one, other) or loosens(other, one), (one, other)
