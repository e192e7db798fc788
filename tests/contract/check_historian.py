"""What every historian must do; the tests of each implementation run all of these.

A check receives a factory that opens a historian over `POINTS` on the same database again.
Times are whole microseconds, which every database keeps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np
import pytest

from drivers.historian.batch import Batch, Column, Gap, Place
from drivers.historian.sink import HistoryRefused
from kernel.finding import Finding
from kernel.measurement import block
from kernel.point import Point
from kernel.quality import GOOD, INVALID, OLD, TEST

POINTS: Final = (
    Point(name="f11/active_power", unit="kW"),
    Point(name="f11/current", unit="A"),
    Point(name="t1/top_oil_temperature", unit="degC"),
)
POWER, CURRENT, OIL = (point.name for point in POINTS)
STEP_S: Final = 900.0
STEP_NS: Final = 900 * 10**9
T0: Final = 1_780_000_200 * 10**9
Open = Callable[[], Any]


def _finding(at_ns: int, text: str = "warm") -> Finding:
    return Finding(asset="t1", name="oil", text=text, value=1e-7, unit="K", limit=None, at_ns=at_ns)


def _batch(
    blocks: Sequence[Any] = (), *, gaps: Sequence[Gap] = (), columns: Sequence[Column] | None = None
) -> Batch:
    table = tuple(columns) if columns else tuple(Column(p.name, p.unit) for p in POINTS)
    return Batch(place=Place(1, 1), columns=table, blocks=tuple(blocks), documents=(), gaps=tuple(gaps))


async def check_a_row_comes_back_with_both_its_times(open_: Open) -> None:
    historian = open_()
    await historian.append([block([1], [12.5], [GOOD], at_ns=T0, available_at_ns=T0 + 5_000)])
    (row,) = await historian.rows(CURRENT, start_ns=T0, end_ns=T0 + 1)
    assert (row.value, row.quality, row.at_ns, row.available_at_ns) == (12.5, GOOD, T0, T0 + 5_000)
    await historian.close()


async def check_the_same_row_twice_is_the_same_as_once(open_: Open) -> None:
    historian = open_()
    for _ in range(3):
        await historian.append([block([0, 1], [1.0, 2.0], [GOOD, GOOD], at_ns=T0)])
    assert len(await historian.rows(POWER, start_ns=T0, end_ns=T0 + 1)) == 1
    await historian.close()


async def check_the_value_known_later_wins_in_either_order(open_: Open) -> None:
    historian = open_()
    early = block([0], [1.0], [GOOD], at_ns=T0, available_at_ns=T0 + 1_000)
    late = block([0], [2.0], [GOOD], at_ns=T0, available_at_ns=T0 + 2_000)
    for blocks in ([early], [late], [early], [late, early]):
        await historian.append(blocks)
    (row,) = await historian.rows(POWER, start_ns=T0, end_ns=T0 + 1)
    assert row.value == 2.0
    await historian.close()


async def check_a_bad_row_is_kept_with_its_quality_and_not_used_in_a_mean(open_: Open) -> None:
    historian = open_()
    for second, value, quality in [
        (0, 10.0, GOOD),
        (225, 20.0, GOOD),
        (450, 999.0, INVALID | OLD),
        (675, 999.0, TEST),
    ]:
        await historian.append([block([0], [value], [quality], at_ns=T0 + second * 10**9)])
    rows = await historian.rows(POWER, start_ns=T0, end_ns=T0 + STEP_NS)
    assert [row.quality for row in rows] == [GOOD, GOOD, INVALID | OLD, TEST]
    values, good = historian.means([POWER], step_s=STEP_S, end_ns=T0 + STEP_NS, count=1)
    assert (values.tolist(), good.tolist()) == ([[15.0]], [[True]])
    await historian.close()


async def check_a_failed_read_does_not_take_the_place_of_the_row_whose_time_it_repeats(open_: Open) -> None:
    historian = open_()
    good = block([0], [1.0], [GOOD], at_ns=T0, available_at_ns=T0)
    failed = block([0], [1.0], [INVALID | OLD], at_ns=T0, available_at_ns=T0 + 60 * 10**9)
    for second, batches in enumerate([[[good], [failed]], [[failed], [good]], [[good, failed]], [[failed]]]):
        shifted = [
            [msgspec.structs.replace(one, at_ns=one.at_ns + second * 10**9) for one in blocks]
            for blocks in batches
        ]
        for blocks in shifted:
            await historian.append(blocks)
    rows = await historian.rows(POWER, start_ns=T0, end_ns=T0 + STEP_NS)
    assert [row.quality for row in rows] == [GOOD, GOOD, GOOD, INVALID | OLD]
    assert [row.available_at_ns for row in rows] == [T0, T0, T0, T0 + 60 * 10**9]
    await historian.close()


async def check_a_mean_needs_half_of_the_time_not_of_the_rows(open_: Open) -> None:
    historian = open_()
    minutes = [[0, 1, 2, 3], [5], [0, 14], [0, 5, 10], range(8), range(15)]  # read in time
    for place, read in enumerate(minutes):
        for minute in read:
            at_ns = T0 + place * STEP_NS + minute * 60 * 10**9
            await historian.append([block([0], [10.0], [GOOD], at_ns=at_ns)])
    for place, bad in [(4, range(8, 15)), (6, range(15)), (7, range(7, 15))]:
        for minute in range(15):
            at_ns = T0 + place * STEP_NS + minute * 60 * 10**9
            quality = INVALID if minute in bad else GOOD
            await historian.append([block([0], [10.0], [quality], at_ns=at_ns)])
    _, good = historian.means([POWER], step_s=STEP_S, end_ns=T0 + 8 * STEP_NS, count=8)
    assert good.tolist() == [[False, False, False, False, True, True, False, False]]
    _, alone = historian.means([POWER], step_s=STEP_S, end_ns=T0 + STEP_NS, count=1)
    assert alone.tolist() == [[False]]
    await historian.close()


async def check_the_rate_of_the_rows_may_change(open_: Open) -> None:
    historian = open_()
    for place, every_s in enumerate([60, 60, 300, 30, 60]):
        for second in range(0, 900, every_s):
            jitter_ns = 20 * 10**9 if second % 240 == 120 else 0  # one read in four comes late
            at_ns = T0 + place * STEP_NS + second * 10**9 + jitter_ns
            await historian.append([block([0, 1], [10.0, 1.0], [GOOD] * 2, at_ns=at_ns)])
    for place in range(5):
        await historian.append([block([2], [50.0], [GOOD], at_ns=T0 + place * STEP_NS)])
    _, good = historian.means([POWER, CURRENT, OIL], step_s=STEP_S, end_ns=T0 + 5 * STEP_NS, count=5)
    assert good[2].all()
    assert good[:2, [0, 1, 3, 4]].all()
    await historian.close()


async def check_a_hole_is_false_and_zero(open_: Open) -> None:
    historian = open_()
    await historian.append([block([0], [8.0], [GOOD], at_ns=T0)])
    await historian.append([block([0], [9.0], [INVALID], at_ns=T0 + STEP_NS)])
    values, good = historian.means([POWER, OIL], step_s=STEP_S, end_ns=T0 + 3 * STEP_NS, count=3)
    assert values.tolist() == [[8.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert good.tolist() == [[True, False, False], [False, False, False]]
    await historian.close()


async def check_an_interval_holds_its_begin_and_not_its_end(open_: Open) -> None:
    historian = open_()
    for offset, value in [(-1_000, 1.0), (0, 2.0), (STEP_NS - 1_000, 4.0), (STEP_NS, 100.0)]:
        await historian.append([block([0], [value], [GOOD], at_ns=T0 + offset)])
    values, _ = historian.means([POWER], step_s=STEP_S, end_ns=T0 + STEP_NS, count=2)
    assert values.tolist() == [[1.0, 3.0]]
    await historian.close()


async def check_a_recorded_mean_wins_over_raw_rows(open_: Open) -> None:
    historian = open_()
    await historian.append([block([0, 0], [1.0, 2.0], [GOOD, GOOD], at_ns=T0)])
    await historian.append([block([0], [5.0], [GOOD], at_ns=T0 + STEP_NS)])
    historian.record_means(POWER, step_s=STEP_S, end_ns=np.array([T0 + STEP_NS]), mean=np.array([7.0]))
    values, good = historian.means([POWER, POWER], step_s=STEP_S, end_ns=T0 + 2 * STEP_NS, count=2)
    assert values.tolist() == [[7.0, 5.0]] * 2
    assert good.all()
    await historian.close()


async def check_means_of_other_intervals_do_not_answer(open_: Open) -> None:
    historian = open_()
    for step_s, end_ns in [(STEP_S, T0 + STEP_NS // 2), (60.0, T0 + STEP_NS)]:
        historian.record_means(POWER, step_s=step_s, end_ns=np.array([end_ns]), mean=np.array([7.0]))
    _, good = historian.means([POWER], step_s=STEP_S, end_ns=T0 + STEP_NS, count=1)
    assert not good.any()
    await historian.close()


async def check_recorded_means_replace_earlier_ones_and_weak_ones_are_holes(open_: Open) -> None:
    historian = open_()
    ends = T0 + STEP_NS * np.arange(1, 4)
    historian.record_means(POWER, step_s=STEP_S, end_ns=ends, mean=np.array([1.0, 2.0, 3.0]))
    historian.record_means(POWER, step_s=STEP_S, end_ns=ends[1:2], mean=np.array([9.0]))
    historian.record_means(POWER, step_s=STEP_S, end_ns=ends[2:], mean=np.array([9.0]), good_share=0.4)
    values, good = historian.means([POWER], step_s=STEP_S, end_ns=int(ends[-1]), count=3)
    assert (values.tolist(), good.tolist()) == ([[1.0, 9.0, 0.0]], [[True, True, False]])
    await historian.close()


async def check_a_mean_that_is_no_number_is_refused(open_: Open) -> None:
    historian = open_()
    with pytest.raises(ValueError, match="hole"):
        historian.record_means(POWER, step_s=STEP_S, end_ns=np.array([T0]), mean=np.array([np.nan]))
    await historian.close()


async def check_documents_come_back_and_the_newest_of_a_key_stays(open_: Open) -> None:
    historian = open_()
    await historian.publish([_finding(T0), _finding(T0 + 1)])
    await historian.publish([_finding(T0 + 1, "warmer")])
    assert await historian.documents("finding") == (_finding(T0), _finding(T0 + 1, "warmer"))
    assert await historian.documents("finding", since_ns=T0 + 1) == (_finding(T0 + 1, "warmer"),)
    await historian.close()


async def check_everything_is_there_after_reopening(open_: Open) -> None:
    first = open_()
    await first.append([block([2], [55.0], [GOOD], at_ns=T0)])
    await first.close()
    second = open_()
    await second.append([block([2], [56.0], [GOOD], at_ns=T0 + 10**9)])
    rows = await second.rows(OIL, start_ns=T0, end_ns=T0 + STEP_NS)
    assert [row.value for row in rows] == [55.0, 56.0]
    await second.close()


async def check_a_nan_refuses_the_whole_batch_and_nothing_of_it_stays(open_: Open) -> None:
    historian = open_()
    new = Column("new/point", "kW")
    poison = _batch(
        [block([0, 1], [1.0, float("nan")], [GOOD, GOOD], at_ns=T0)], columns=[Column(POWER, "kW"), new]
    )
    with pytest.raises(HistoryRefused):
        await historian.store(poison)
    assert await historian.rows(POWER, start_ns=T0, end_ns=T0 + 1) == ()
    await historian.store(_batch([block([0], [3.0], [GOOD], at_ns=T0)]))
    await historian.close()
    again = open_()  # knows nothing of ids that the refused batch was given
    (row,) = await again.rows(POWER, start_ns=T0, end_ns=T0 + 1)
    assert row.value == 3.0
    await again.close()


async def check_rows_go_by_name_and_unit_whatever_their_index(open_: Open) -> None:
    historian = open_()
    turned = tuple(Column(p.name, p.unit) for p in reversed(POINTS))
    await historian.store(_batch([block([2], [5.0], [GOOD], at_ns=T0)], columns=turned))
    in_megawatt = [Column(POWER, "MW")]
    await historian.store(_batch([block([0], [0.005], [GOOD], at_ns=T0 + 1000)], columns=in_megawatt))
    rows = await historian.rows(POWER, start_ns=T0, end_ns=T0 + STEP_NS)
    assert [row.value for row in rows] == [5.0]
    await historian.close()


async def check_a_gap_is_recorded_once(open_: Open) -> None:
    historian = open_()
    gap = Gap(120, T0, T0 + 60 * 10**9)
    for _ in range(2):
        await historian.store(_batch(gaps=[gap]))
    assert await historian.lost_rows() == 120
    await historian.close()


async def check_an_unknown_point_is_an_error(open_: Open) -> None:
    historian = open_()
    with pytest.raises(KeyError, match="no point"):
        historian.means(["nobody/knows"], step_s=STEP_S, end_ns=T0, count=1)
    await historian.close()


CHECKS: Final = tuple(check for name, check in sorted(globals().items()) if name.startswith("check_"))
