"""Images, plausibility and interval means are reckoned over arrays; row by row gives the same bits."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.image import ProcessImage, empty_image, next_image
from kernel.measurement import Block
from kernel.pipe.intervals import accumulate, no_intervals
from kernel.pipe.plausibility import Rules, Watch, no_watch, screen
from kernel.point import Plausibility, Point
from kernel.quality import (
    FAILURE,
    INCONSISTENT,
    INVALID,
    OLD,
    OUT_OF_RANGE,
    QUESTIONABLE,
    SUBSTITUTED,
    TEST,
    is_good,
)

S = 1_000_000_000
COUNT = 12
POINTS = tuple(
    Point(
        name=f"a/{n}",
        unit="1",
        stale_s=2.0,
        plausibility=None
        if n % 3 == 0
        else Plausibility(
            low=-50.0,
            high=50.0,
            rate_per_s=20.0 if n % 2 else None,
            unchanged_s=1.5 if n % 4 == 1 else None,
        ),
    )
    for n in range(COUNT)
)

values = st.one_of(
    st.sampled_from([0.0, -0.0, 1.0, 51.0, -50.0, math.inf, -math.inf, math.nan]),
    st.floats(-60.0, 60.0, width=16),
)
qualities = st.sampled_from([0, 0, 0, INVALID, QUESTIONABLE, TEST, QUESTIONABLE | SUBSTITUTED])
row = st.tuples(values, qualities, st.integers(0, 4))
calm = st.tuples(st.floats(1.0, 5.0, width=16), st.just(0), st.integers(1, 4))


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Block, ...]:
    """Up to seven blocks, most often of rows that no other has, sometimes of the same ones."""
    if draw(st.booleans()):
        size = draw(st.sampled_from([1, 2, 3]))
        places = [list(range(at, min(at + size, COUNT))) for at in range(0, COUNT, size)]
    else:
        rows = st.lists(st.integers(0, COUNT - 1), unique=True, max_size=COUNT)
        places = draw(st.lists(rows, max_size=7))
    made, one = [], calm if draw(st.booleans()) else row
    for index in places:
        drawn = [draw(one) for _ in index]
        made.append(
            Block(
                index=np.array(index, dtype=np.int32),
                value=np.array([value for value, _, _ in drawn], dtype=np.float64),
                quality=np.array([quality for _, quality, _ in drawn], dtype=np.uint16),
                at_ns=np.array([at * S for _, _, at in drawn], dtype=np.int64),
                available_at_ns=np.array([at * S + 1 for _, _, at in drawn], dtype=np.int64),
            )
        )
    return tuple(made)


ticks = st.lists(blocks(), min_size=1, max_size=4)


def laid(before: ProcessImage, given_blocks: tuple[Block, ...]) -> list[list[float]]:
    """Row by row: a late value never replaces a newer one, and one that is not finite leaves a hole."""
    columns = (before.value, before.quality, before.at_ns, before.available_at_ns)
    table = [list(one) for one in zip(*(column.tolist() for column in columns), strict=True)]
    for block in given_blocks:
        for place, at_row in enumerate(block.index.tolist()):
            if block.at_ns[place] < table[at_row][2]:
                continue
            if not math.isfinite(block.value[place]):
                table[at_row][1] = INVALID | FAILURE
                continue
            table[at_row] = [
                block.value.item(place),
                block.quality.item(place),
                block.at_ns.item(place),
                block.available_at_ns.item(place),
            ]
    return table


def judged(image: ProcessImage, watch: Watch, number: int) -> int:
    """The quality of one row, by the words of `screen`."""
    value, at_ns = image.value.item(number), image.at_ns.item(number)
    quality, rule = image.quality.item(number), POINTS[number].plausibility
    reasons = OLD if image.now_ns - at_ns > 2 * S else 0
    if rule is not None and quality & 3 == 0:
        if not rule.low <= value <= rule.high:
            reasons |= OUT_OF_RANGE
        since_s = max(0.0, (at_ns - watch.believed_at_ns.item(number)) / S)
        if rule.rate_per_s is not None and watch.believed_at_ns.item(number) > 0:
            step = abs(value - watch.believed.item(number))
            reasons |= INCONSISTENT if step > rule.rate_per_s * since_s else 0
        changed = at_ns if value != watch.seen.item(number) else watch.changed_at_ns.item(number)
        if rule.unchanged_s is not None and at_ns - changed > rule.unchanged_s * S:
            reasons |= FAILURE
    worse = QUESTIONABLE if reasons and quality & 3 != INVALID else 0
    return quality | reasons | worse


@settings(max_examples=300, deadline=None)
@given(ticks)
def test_arrays_give_what_row_by_row_gives(run: list[tuple[Block, ...]]) -> None:
    image, watch = empty_image(COUNT, now_ns=0), no_watch(COUNT)
    intervals, rules = no_intervals(COUNT, now_ns=0), Rules.of(POINTS)
    sums = [(0.0, 0.0)] * COUNT
    for number, given_blocks in enumerate(run):
        now_ns = (number + 1) * S
        raw = next_image(image, given_blocks, tick=number, now_ns=now_ns)
        table = laid(image, given_blocks)
        columns = (raw.value, raw.quality, raw.at_ns, raw.available_at_ns)
        assert [list(one) for one in zip(*(c.tolist() for c in columns), strict=True)] == table
        image, after = screen(raw, watch, rules)
        expected = [judged(raw, watch, one) for one in range(COUNT)]
        assert image.quality.tolist() == expected
        for one in range(COUNT):
            fresh, good = raw.quality.item(one) & 3 == 0, is_good(expected[one])
            moved = fresh and raw.value.item(one) != watch.seen.item(one)
            assert after.seen.item(one) == (raw.value if fresh else watch.seen).item(one)
            assert after.changed_at_ns.item(one) == (raw.at_ns if moved else watch.changed_at_ns).item(one)
            assert after.believed.item(one) == (raw.value if good else watch.believed).item(one)
            assert after.believed_at_ns.item(one) == (raw.at_ns if good else watch.believed_at_ns).item(one)
            weighted, good_s = sums[one]
            sums[one] = (weighted + raw.value.item(one), good_s + 1.0) if good else (weighted, good_s)
        watch, intervals = after, accumulate(intervals, image)
        assert list(zip(intervals.weighted.tolist(), intervals.good_s.tolist(), strict=True)) == sums


def test_no_array_of_an_image_can_be_written() -> None:
    image, watch = screen(empty_image(3, now_ns=0), no_watch(3), Rules.of(POINTS[:3]))
    for kept in (image, next_image(image, (), tick=1, now_ns=S)):
        for array in (kept.value, kept.quality, kept.at_ns, kept.available_at_ns):
            assert not array.flags.writeable
    assert watch.believed_at_ns.tolist() == [0, 0, 0]
