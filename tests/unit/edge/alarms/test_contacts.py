"""Worn contacts are told at two limits, by the breakers that show their wear."""

from __future__ import annotations

import pytest

from edge.alarms.contacts import ContactWear
from edge.alarms.definition import rules
from tests.fakes.nord_images import nord
from tests.fakes.oil_monitors import frame, watched_nord


@pytest.mark.parametrize(
    ("used", "expected"),
    [(10.0, {}), (64.0, {}), (68.0, {0: -2.0}), (71.0, {0: 1.0}), (95.0, {0: 25.0, 1: 5.0})],
)
def test_each_limit_is_judged(used: float, expected: dict[int, float]) -> None:
    overs = ContactWear(watched_nord()).look(frame(1.0, {"cb11": {"contact_wear": used}}))
    assert overs == pytest.approx(expected)


def test_only_breakers_that_show_it_have_the_alarms_and_a_hole_is_not_judged() -> None:
    assert ContactWear(nord()).definitions == ()
    family = ContactWear(watched_nord())
    assert [one.id for one in family.definitions] == ["contact_wear:cb11", "contacts_worn:cb11"]
    overs = family.look(frame(1.0, {"cb11": {"contact_wear": 95.0}}, holes=("cb11/contact_wear",)))
    assert overs == {0: None, 1: None}


def test_the_words_have_use_and_limit() -> None:
    words = ContactWear(watched_nord()).words(1, frame(1.0, {"cb11": {"contact_wear": 95.0}}))
    assert words.text == "contacts of CB-11 have used 95 % of their life, limit 90 %"
    assert words.point == "cb11/contact_wear"
    (found,) = words.evidence
    assert found.limit == rules()["contacts_worn"].limits["percent"]
