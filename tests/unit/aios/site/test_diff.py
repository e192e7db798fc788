"""What a changed site file means: nothing for layout, a limit for a limit, and words for all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

import aios
from aios.site import site_of
from aios.site.diff import Change, differences

TEXT = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")


def changed(*replacements: tuple[str, str]) -> tuple[Change, ...]:
    text = TEXT
    for before, after in replacements:
        assert before in text
        text = text.replace(before, after, 1)
    return differences(site_of(TEXT), site_of(text))


def test_comments_and_layout_are_no_difference() -> None:
    assert changed(("# Substation Nord", "# Another word\n\n# Substation Nord")) == ()


def test_a_rating_is_a_limit() -> None:
    (change,) = changed(("power_kw = 40000.0", "power_kw = 38000.0"))
    assert (change.kind, change.name, change.field) == ("limit", "grid", "ratings.power_kw")
    assert change.words == "grid: ratings.power_kw goes from 40000 to 38000"


def test_a_loop_that_runs_at_another_period_is_said_so() -> None:
    loop = site_of(TEXT).loops[0]
    (change, *_) = changed((f"period_s = {loop.period_s}", f"period_s = {loop.period_s * 2}"))
    assert (change.kind, change.what) == ("loop", "changed")
    assert "period_s goes from" in change.words


def test_a_policy_that_goes_is_named() -> None:
    site = site_of(TEXT)
    gone = site.policies[-1]
    (change,) = changed((f', "{gone}"', ""))
    assert (change.kind, change.name, change.what) == ("policy", gone, "removed")


@pytest.mark.parametrize("back", [False, True], ids=["new", "gone"])
def test_an_asset_that_comes_or_goes_is_named(*, back: bool) -> None:
    more = TEXT.replace(
        "[[asset]]", '[[asset]]\nname = "spare"\nkind = "feeder"\nupstream = "grid"\n\n[[asset]]', 1
    )
    old, new = (more, TEXT) if back else (TEXT, more)
    (change,) = differences(site_of(old), site_of(new))
    assert (change.kind, change.name, change.what) == ("asset", "spare", "removed" if back else "added")
