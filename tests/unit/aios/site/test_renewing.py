"""A site that renews a set-point after its device has fallen back is found when it is loaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.site import SiteInvalid, site_of

NORD = (Path(__file__).parents[4] / "aios" / "sites" / "nord.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("renew_s", [300.1, 600.0])
def test_a_device_that_falls_back_before_a_second_renewal_is_found(renew_s: float) -> None:
    with pytest.raises(SiteInvalid) as caught:
        site_of(NORD.replace("renew_s = 180.0", f"renew_s = {renew_s}"))
    (found,) = caught.value.findings
    assert found.where.endswith("writing.renew_s")
    assert "falls back after 600 s: renew_s is at most half of that" in found.text


def test_a_device_that_waits_for_two_renewals_is_no_finding() -> None:
    assert site_of(NORD.replace("renew_s = 180.0", "renew_s = 300.0"))


def test_a_site_that_shortens_the_timer_of_its_map_shortens_the_renewal_too() -> None:
    with pytest.raises(SiteInvalid, match="renew_s is at most half"):
        site_of(NORD.replace("renew_s = 180.0\nreversion_s = 600.0", "reversion_s = 60.0"))
