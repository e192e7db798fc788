"""The image does not move inside a tick, and an agent sees of it what it declared."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from kernel.image import Reading, empty_image, next_image
from kernel.measurement import block
from kernel.pipe.pipe import Pipe
from kernel.pipe.sight import Sight
from kernel.pipe.tick import Inputs
from kernel.quality import GOOD, INVALID, QUESTIONABLE
from kernel.schedule.loop import ControlLoop
from kernel.testing import EmptyPast
from tests.unit.kernel.conftest import BATTERY, METER, S, Shaver


@pytest.mark.parametrize("array", ["value", "quality", "at_ns", "available_at_ns"])
def test_no_array_of_an_image_can_be_written(array: str) -> None:
    first = empty_image(2, now_ns=S)
    second = next_image(first, [block([0], [5.0], [0], at_ns=S)], tick=1, now_ns=S)
    for image in (first, second):
        with pytest.raises(ValueError, match="read-only"):
            getattr(image, array)[0] = 1


def test_an_image_does_not_change_when_the_next_one_is_made() -> None:
    first = next_image(empty_image(2, now_ns=0), [block([0], [5.0], [0], at_ns=S)], tick=1, now_ns=S)
    next_image(first, [block([0], [6.0], [0], at_ns=2 * S)], tick=2, now_ns=2 * S)
    assert first.value.tolist() == [5.0, 0.0]


def test_an_image_does_not_change_when_the_driver_reuses_its_arrays() -> None:
    read = block([0], [5.0], [0], at_ns=S)
    image = next_image(empty_image(1, now_ns=0), [read], tick=1, now_ns=S)
    read.value[0] = 99.0
    assert image.value[0] == 5.0


def test_of_two_readings_of_a_point_the_later_one_stands_in_any_order_of_arrival() -> None:
    old, new = block([0], [1.0], [0], at_ns=S), block([0], [2.0], [0], at_ns=2 * S)
    for blocks in ([old, new], [new, old]):
        assert next_image(empty_image(1, now_ns=0), blocks, tick=1, now_ns=3 * S).value[0] == 2.0


def test_a_reading_carries_value_quality_and_age() -> None:
    image = next_image(
        empty_image(1, now_ns=0),
        [block([0], [5.0], [0], at_ns=S, available_at_ns=2 * S)],
        tick=1,
        now_ns=round(3.5 * S),
    )
    assert image.reading(0) == Reading(value=5.0, quality=GOOD, age_s=2.5, at_ns=S)
    assert image.row(0, "a/b").available_at_ns == 2 * S


@pytest.mark.parametrize("quality", [INVALID, QUESTIONABLE])
def test_a_reading_that_is_not_good_has_no_usable_value(quality: int) -> None:
    assert Reading(value=5.0, quality=quality, age_s=0.0, at_ns=0).usable is None


def test_an_agent_sees_the_points_it_declared_and_no_others(pipe: Pipe) -> None:
    read = block([0, 1], [70.0, 5.0], [0, 0], at_ns=1000 * S)
    state = pipe.begin(EmptyPast(), now_ns=999 * S)
    after = pipe.draft(state, Inputs(tick=0, now_ns=1000 * S, blocks=(read,))).after
    loop = ControlLoop(
        name="shaver", agent=Shaver(reads=(BATTERY,)), period_s=1, deadline_s=1, priority="control"
    )
    view = Sight.of(pipe.site, after, (loop,)).view(loop)
    assert set(view.readings) == set(view.means) == {BATTERY}
    assert view.usable(BATTERY) == 5.0
    with pytest.raises(KeyError):
        view.usable(METER)


def test_a_block_has_one_row_a_value() -> None:
    made = block(np.array([3, 4]), [1.0, 2.0], [0, 1], at_ns=7)
    assert len(made) == 2
    assert made.available_at_ns.tolist() == [7, 7]


def test_many_readings_are_the_same_bits_as_one_by_one() -> None:
    now_ns = 1_700_000_000_123_456_789
    blocks = [block([0, 2, 3], [0.1, -0.0, 7e300], [0, 64, 128], at_ns=now_ns - 987_654_321)]
    image = next_image(empty_image(40, now_ns=0), blocks, tick=0, now_ns=now_ns)
    for count in (0, 5, 40):
        many, one_by_one = image.readings(range(count)), [image.reading(row) for row in range(count)]
        assert msgspec.msgpack.encode(many) == msgspec.msgpack.encode(one_by_one)
