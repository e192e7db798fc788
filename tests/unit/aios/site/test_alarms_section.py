"""The canary of a site file: off unless asked for, and never faster than ticks can take it."""

from __future__ import annotations

import pytest

from aios.site import SiteInvalid, site_of
from tests.system.virtual_nord import nord_text


@pytest.mark.parametrize(("more", "every_s"), [("", None), ("[alarms]\ncanary_s = 360", 360.0)])
def test_it_is_off_unless_asked_for(more: str, every_s: float | None) -> None:
    assert site_of(nord_text(more=more)).canary_s == every_s


@pytest.mark.parametrize(
    ("given", "words"),
    [("10", "greater than or equal to 30"), ("120", "needs 6 base ticks to come and go: at least 360 s")],
)
def test_one_that_comes_too_fast_is_a_finding_with_its_line(given: str, words: str) -> None:
    text = nord_text(more=f"[alarms]\ncanary_s = {given}")
    with pytest.raises(SiteInvalid) as wrong:
        site_of(text)
    (finding,) = wrong.value.findings
    assert words in finding.text
    assert text.splitlines()[finding.line - 1] == f"canary_s = {given}"
