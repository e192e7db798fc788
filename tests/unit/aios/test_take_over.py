"""What goes on under another site file: what means the same; everything else begins anew."""

from __future__ import annotations

import msgspec

from aios.take_over import Before, taken_over
from kernel.pipe.state import PipeState
from kernel.site import Site
from tests.unit.kernel.conftest import BATTERY, METER
from tests.unit.kernel.ticking import Line


def stood() -> tuple[Line, Before]:
    """A gateway that commands a battery."""
    line = Line()
    for _ in range(3):
        line.tick(meter=80.0)
    return line, Before(line.pipe.site, line.state)


def fresh() -> PipeState:
    return Line().state


def other(site: Site, point: str, **changes: object) -> Site:
    points = tuple(msgspec.structs.replace(p, **changes) if p.name == point else p for p in site.points)
    return msgspec.structs.replace(site, points=points)


def test_a_start_takes_nothing_over() -> None:
    line, state = Line(), fresh()
    assert taken_over(state, line.pipe.site, None) is state


def test_under_the_same_points_everything_goes_on() -> None:
    line, before = stood()
    went = taken_over(fresh(), line.pipe.site, before)
    assert BATTERY in before.state.postures
    assert went.postures[BATTERY] == before.state.postures[BATTERY]
    assert went.image.value.tolist() == before.state.image.value.tolist()
    assert went.tick == fresh().tick, "a new run counts its own ticks"


def test_a_point_that_changed_begins_anew_and_the_others_keep_their_posture() -> None:
    line, before = stood()
    went = taken_over(fresh(), other(line.pipe.site, METER, stale_s=99.0), before)
    assert BATTERY in went.postures
    assert went.image is not before.state.image
    changed = taken_over(fresh(), other(line.pipe.site, BATTERY, stale_s=99.0), before)
    assert BATTERY not in changed.postures


def test_a_wish_of_a_person_goes_on_with_its_point() -> None:
    line, before = stood()
    (key, wish) = next(iter(before.state.standing.items()))
    told = msgspec.structs.replace(wish, agent="person:anna")
    before = Before(
        before.site, msgspec.structs.replace(before.state, standing={("person:anna", key[1]): told})
    )
    went = taken_over(fresh(), line.pipe.site, before)
    assert list(went.standing) == [("person:anna", key[1])]
