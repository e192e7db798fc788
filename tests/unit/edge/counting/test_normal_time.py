"""How long the grid has been normal: what is not known counts for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from edge.counting.normal_time import Normal, NormalTime, make
from kernel.image import Reading, View
from kernel.point import NANOSECONDS
from kernel.ports import Step
from kernel.quality import is_good
from kernel.site import LoopSpec
from kernel.testing import EmptyPast
from tests.unit.edge.counting.counted_site import site

BAND = {"low_pu": 0.85, "high_pu": 1.1, "low_hz": 49.5, "high_hz": 50.2}
START_NS = 1_800_000_000 * NANOSECONDS


def agent(**said: Any) -> NormalTime:
    settings = {"resources": ["bat1"], **BAND, **said}
    return make(
        LoopSpec(agent="grid", kind="normal_time", period_s=1.0, deadline_s=1.0, settings=settings), site()
    )


def look(at_s: float, voltage_v: float = 400.0, frequency_hz: float = 50.0, quality: int = 0) -> View:
    said = {"bat1/voltage": voltage_v, "bat1/frequency": frequency_hz}
    at_ns = START_NS + round(at_s * NANOSECONDS)
    readings = {point: Reading(value, quality, 0.0, at_ns) for point, value in said.items()}
    return View(tick=0, now_ns=at_ns, readings=readings)


def after(*views: View, grid: NormalTime | None = None) -> tuple[float, Step]:
    counting = grid or agent()
    state: Normal = counting.start(EmptyPast())
    for view in views:
        step = counting.step(view, state)
        state = step.state
    return step.calculated[0].value, step


def test_seconds_count_from_the_first_normal_look() -> None:
    assert after(*(look(s) for s in range(61)))[0] == 60.0


@pytest.mark.parametrize(
    "upset",
    [{"voltage_v": 339.0}, {"voltage_v": 441.0}, {"frequency_hz": 49.4}, {"frequency_hz": 50.3}],
    ids=lambda upset: next(iter(upset.items())).__str__(),
)
def test_one_look_outside_the_band_begins_anew(upset: dict[str, float]) -> None:
    seconds, step = after(look(0), look(1), look(2, **upset))
    assert (seconds, step.rung) == (0.0, "model")
    assert after(look(0), look(1), look(2, **upset), look(3), look(4))[0] == 1.0


@pytest.mark.parametrize("inside", [{"voltage_v": 340.0}, {"voltage_v": 440.0}, {"frequency_hz": 49.5}])
def test_the_ends_of_the_band_are_normal(inside: dict[str, float]) -> None:
    assert after(look(0), look(1, **inside))[0] == 1.0


def test_what_is_not_known_is_not_normal_and_says_so() -> None:
    seconds, step = after(look(0), look(1, quality=1))
    assert seconds == 0.0
    assert not is_good(step.calculated[0].quality)
    assert (step.rung, step.why_rung) == ("hold", "voltage or frequency of bat1 is not known")


def test_who_has_not_looked_does_not_know() -> None:
    assert after(look(0), look(60), look(63))[0] == 0.0
    assert after(look(0), look(2))[0] == 2.0


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"low_pu": 1.2}, ValueError, "a band ends below where it begins"),
        ({"low_hz": "low"}, ValueError, "loop grid: .*low_hz"),
        ({"resources": ["grid"]}, KeyError, "nominal_v"),
        ({"resources": ["nowhere"]}, KeyError, "nowhere"),
    ],
    ids=["empty band", "no number", "no rating", "no asset"],
)
def test_what_cannot_be_counted_is_refused_by_name(
    said: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        agent(**said)
