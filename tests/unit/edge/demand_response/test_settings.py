"""What a site may set for peak shaving, and what is refused by name."""

import pytest

from edge.demand_response.settings import read_settings
from kernel.pipe.intervals import INTERVAL_S
from kernel.site import LoopSpec


def settings(**said):
    loop = LoopSpec(
        agent="decision",
        kind="peak_shaving",
        period_s=60.0,
        deadline_s=1.0,
        settings={"limit_kw": 20_000.0, **said},
    )
    return read_settings(loop)


def test_a_site_may_say_that_its_interval_is_a_quarter_hour():
    assert settings(interval_s=900).interval_s == settings().interval_s == INTERVAL_S


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"interval_s": 1800}, "loop decision: interval_s 1800 is not 900"),
        ({"interval_s": 60.5}, "interval_s 60.5 is not 900"),
        ({"soc_low": 90.0, "soc_high": 10.0}, "soc_low 90.0 to soc_high 10.0"),
        ({"deadband_kw": 200.0}, "deadband_kw 200.0 is more than margin_kw 150.0"),
        ({"interval": 900}, "loop decision: .*interval"),
    ],
    ids=["half an hour", "no whole minutes", "no room", "wide deadband", "unknown"],
)
def test_what_would_not_hold_the_limit_is_refused_by_name(said, words):
    with pytest.raises(ValueError, match=words):
        settings(**said)
