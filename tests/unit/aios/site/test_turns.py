"""What a site file may say of a loop's turns: phase, overrun and budget."""

from __future__ import annotations

from pathlib import Path

import pytest

import aios
from aios.gateway.agents import loops_of
from aios.site import SiteInvalid, site_of

NORD = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")


def nord(*keys: str, priority: str = "control") -> str:
    """Nord with more keys on its peak shaver."""
    line = 'kind = "peak_shaving"\n'
    assert NORD.count(line) == 1
    text = NORD.replace(line, line + "".join(f"{key}\n" for key in keys))
    return text.replace('priority = "control"', f'priority = "{priority}"', 1)


def test_a_loop_takes_its_phase_its_overrun_policy_and_its_budget_from_the_site() -> None:
    text = nord("phase_s = 60.0", 'overrun = "degrade"', "budget_ms = 5.0").replace(
        "period_s = 60.0\ndeadline_s = 60.0", "period_s = 120.0\ndeadline_s = 60.0", 1
    )
    loop = loops_of(site_of(text))[0]
    assert (loop.phase_s, loop.overrun, loop.budget_ms) == (60.0, "degrade", 5.0)


@pytest.mark.parametrize(
    ("keys", "priority", "words"),
    [
        (("phase_s = 7.0",), "control", "phase 7 s is no multiple of the base tick 60 s"),
        (("phase_s = 60.0",), "control", "phase 60 s is not shorter than the period 60 s"),
        (('overrun = "skip"',), "safety", "a safety loop is never left out: skip is for other classes"),
        (('overrun = "stop"',), "control", "found 'stop'"),
        (("budget_ms = 0.0",), "control", "found 0.0"),
    ],
    ids=["phase between ticks", "phase too long", "safety skipped", "no such policy", "no budget"],
)
def test_turns_that_cannot_be_are_found(keys: tuple[str, ...], priority: str, words: str) -> None:
    with pytest.raises(SiteInvalid, match="1 mistakes") as caught:
        site_of(nord(*keys, priority=priority))
    assert words in caught.value.findings[0].text
