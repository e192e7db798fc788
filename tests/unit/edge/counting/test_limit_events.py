"""Events of a load: each counts once, through restarts, midnights and seasons."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.counting.limit_events import Counts, LimitEvents, make
from kernel.image import Reading, View
from kernel.point import NANOSECONDS
from kernel.ports import Step
from kernel.quality import is_good
from kernel.site import LoopSpec
from kernel.testing import EmptyPast
from tests.unit.edge.counting.counted_site import site

BERLIN = ZoneInfo("Europe/Berlin")
FULL, LESS = 50.0, 20.0
SITE = site()


def agent(**said: Any) -> LimitEvents:
    settings = {"loads": ["hall"], **said}
    return make(
        LoopSpec(agent="events", kind="limit_events", period_s=60.0, deadline_s=60.0, settings=settings), SITE
    )


def ns(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()) * NANOSECONDS


class Day:
    """Looks at a load, and keeps what the agent wants kept."""

    def __init__(self, text: str = "2026-03-10T12:00", **said: Any) -> None:
        self.now_ns, self.agent = ns(text), agent(**said)
        self.stored: dict[str, bytes] = {}
        self.state: Counts = self.agent.start(EmptyPast())

    def look(self, limit_kw: float, *, minutes: float = 1.0, quality: int = 0) -> tuple[float, float]:
        """Look; let some minutes pass; return number of the event and hours of the day."""
        reading = Reading(limit_kw, quality, 0.0, self.now_ns)
        view = View(
            tick=0,
            now_ns=self.now_ns,
            readings={"hall/active_power_limit": reading},
            stored=dict(self.stored),
        )
        self.last: Step = self.agent.step(view, self.state)
        self.state = self.last.state
        self.stored |= {call.key: call.value for call in self.last.calls}  # type: ignore[union-attr]
        self.now_ns += round(minutes * 60 * NANOSECONDS)
        events, hours = self.last.calculated
        return events.value, hours.value

    def restart(self) -> None:
        self.state = self.agent.start(EmptyPast())


def test_an_event_has_its_number_while_it_runs_and_the_next_one_the_next() -> None:
    day = Day()
    assert day.look(FULL)[0] == 1.0
    assert [day.look(LESS)[0] for _ in range(3)] == [1.0, 1.0, 1.0]
    assert day.look(FULL)[0] == 2.0
    assert day.look(LESS)[0] == 2.0


def test_hours_are_those_in_which_it_was_limited() -> None:
    day = Day()
    day.look(FULL, minutes=30)
    day.look(LESS, minutes=90)
    assert day.look(FULL, minutes=60)[1] == pytest.approx(1.5)
    assert day.look(LESS, minutes=30)[1] == pytest.approx(1.5)
    assert day.look(LESS)[1] == pytest.approx(2.0)


def test_midnight_begins_the_hours_anew_and_not_the_event() -> None:
    day = Day("2026-03-10T23:00")
    day.look(LESS, minutes=90)
    assert day.look(LESS) == (1.0, pytest.approx(0.5))


def test_the_day_is_the_local_one_on_the_night_when_the_clock_is_set_forward() -> None:
    day = Day("2026-03-29T00:30")
    day.look(LESS, minutes=120)
    assert day.look(FULL)[1] == pytest.approx(2.0)
    assert datetime.fromtimestamp(day.now_ns / NANOSECONDS, tz=BERLIN).hour == 3


@pytest.mark.parametrize(("begins", "number"), [("2026-03-31T23:00", 2.0), ("2026-03-30T12:00", 3.0)])
def test_a_season_begins_on_its_day(begins: str, number: float) -> None:
    day = Day(begins, seasons=["10-01", "04-01"])
    for _ in range(2):
        day.look(LESS, minutes=30)
        day.look(FULL, minutes=30)
    assert day.look(FULL)[0] == number


def test_an_event_that_runs_into_a_new_season_is_its_first() -> None:
    day = Day("2026-12-31T23:30")
    day.look(LESS)
    day.look(FULL)
    day.look(LESS, minutes=60)
    assert day.look(LESS)[0] == 1.0
    assert day.look(FULL)[0] == 2.0


def test_before_the_first_season_of_a_year_it_is_the_last_of_the_year_before() -> None:
    day = Day("2026-02-01T12:00", seasons=["04-01"])
    day.look(LESS)
    day.now_ns = ns("2026-03-31T12:00")
    assert day.look(FULL)[0] == 2.0


def test_a_restart_gives_no_fresh_season() -> None:
    day = Day()
    day.look(LESS)
    day.look(FULL)
    day.restart()
    assert day.look(FULL)[0] == 2.0


def test_a_load_that_was_limited_before_a_gap_counts_as_limited_through_it() -> None:
    day = Day()
    day.look(LESS, minutes=60)
    day.restart()
    assert day.look(FULL) == (2.0, pytest.approx(1.0))


def test_what_is_not_known_goes_on_as_it_was_and_says_so() -> None:
    day = Day()
    day.look(LESS, minutes=30)
    assert day.look(0.0, quality=1)[0] == 1.0
    assert not any(is_good(row.quality) for row in day.last.calculated)
    assert (day.last.rung, day.last.why_rung) == ("hold", "the limit of hall is not known")
    day.look(FULL)
    assert day.look(FULL)[0] == 2.0


def test_what_was_kept_and_cannot_be_read_is_no_reason_to_stop() -> None:
    day = Day()
    day.stored = {"hall": b"{"}
    assert day.look(LESS)[0] == 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=40), st.sets(st.integers(0, 39)))
def test_restarts_at_any_looks_lose_no_event_and_no_more_than_what_was_not_kept_yet(
    limited: list[bool], restarts: set[int]
) -> None:
    through, broken = Day(), Day()
    for number, less in enumerate(limited):
        if number in restarts:
            broken.restart()
        whole, found = through.look(LESS if less else FULL), broken.look(LESS if less else FULL)
        assert found[0] == whole[0]
        assert found[1] == pytest.approx(whole[1])


@pytest.mark.parametrize(
    ("said", "error", "words"),
    [
        ({"seasons": ["13-01"]}, ValueError, "MM-DD"),
        ({"seasons": []}, ValueError, "MM-DD"),
        ({"load": ["hall"]}, ValueError, "loop events"),
        ({"loads": ["nowhere"]}, KeyError, "nowhere"),
        ({"loads": ["bat1"]}, KeyError, "active_power_limit"),
    ],
    ids=["no month", "no season", "unknown", "no asset", "no point"],
)
def test_what_cannot_be_counted_is_refused_by_name(
    said: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        agent(**said)
