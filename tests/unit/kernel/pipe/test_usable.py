"""What a question calls usable is of good quality, a number, and neither stale nor from the future."""

from __future__ import annotations

import pytest

from kernel.image import Reading
from kernel.pipe.candidates import usable
from kernel.point import Point
from kernel.quality import CLOCK_NOT_SYNCHRONISED, QUESTIONABLE, SUBSTITUTED, TEST
from kernel.site import Site

SITE = Site(
    name="s", title="S", base_tick_s=1.0, assets=(), points=(Point(name="a/p", unit="kW", stale_s=5.0),),
    devices=(), loops=(), digest="",
)  # fmt: skip


def read(value: float = 7.0, quality: int = 0, age_s: float = 1.0) -> dict[str, Reading]:
    return {"a/p": Reading(value=value, quality=quality, age_s=age_s, at_ns=0)}


@pytest.mark.parametrize(
    "one", [read(), read(age_s=5.0), read(age_s=-5.0), read(quality=CLOCK_NOT_SYNCHRONISED)]
)
def test_a_good_and_fresh_value_is_usable(one: dict[str, Reading]) -> None:
    assert usable(SITE, one) == {"a/p": 7.0}


@pytest.mark.parametrize(
    "one",
    [
        *(read(quality=quality) for quality in (QUESTIONABLE, SUBSTITUTED, TEST)),
        *(read(age_s=age_s) for age_s in (5.1, -5.1)),
        *(read(value=value) for value in (float("nan"), float("inf"))),
    ],
)
def test_what_is_bad_stale_early_or_no_number_is_not_usable(one: dict[str, Reading]) -> None:
    assert usable(SITE, one) == {}
