"""What every reader of history must do; the tests of each archive run all of these.

A check receives a historian over `POINTS` that is empty, and what opens a reader on the same database.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from drivers.historian.batch import Batch, Column, Gap, Place
from drivers.historian.reader import HistoryReader
from kernel.measurement import block
from kernel.quality import GOOD, INVALID, OLD
from tests.contract.check_historian import CURRENT, POWER, T0

Read = Callable[[], HistoryReader]
SECOND = 10**9
POWER_KW, CURRENT_A = Column(POWER, "kW"), Column(CURRENT, "A")


async def filled(historian: Any) -> None:
    """Ten seconds of power 0..9 kW, of which the fourth and fifth are bad; one row of current."""
    for second in range(10):
        quality = INVALID | OLD if second in {3, 4} else GOOD
        at_ns = T0 + second * SECOND
        await historian.append(
            [block([0], [float(second)], [quality], at_ns=at_ns, available_at_ns=at_ns + 7000)]
        )
    await historian.append([block([1], [230.5], [GOOD], at_ns=T0 + 2 * SECOND)])


async def check_it_lists_each_series_with_its_first_and_newest_row(historian: Any, read: Read) -> None:
    await filled(historian)
    reader = read()
    current, power = sorted(reader.points(), key=lambda one: one.column.name != CURRENT)
    assert (current.column, current.first_ns, current.last_value) == (CURRENT_A, T0 + 2 * SECOND, 230.5)
    assert (power.column, power.first_ns, power.last_ns) == (POWER_KW, T0, T0 + 9 * SECOND)
    assert (power.last_value, power.last_quality) == (9.0, GOOD)
    reader.close()


async def check_rows_come_in_order_with_quality_and_both_times(historian: Any, read: Read) -> None:
    await filled(historian)
    reader = read()
    (found,) = reader.rows(POWER_KW, start_ns=T0 + 2 * SECOND, end_ns=T0 + 5 * SECOND)
    assert found.value.tolist() == [2.0, 3.0, 4.0], "from the first moment to before the last"
    assert found.quality.tolist() == [GOOD, INVALID | OLD, INVALID | OLD]
    assert found.at_ns.tolist() == [T0 + second * SECOND for second in (2, 3, 4)]
    assert (found.available_at_ns - found.at_ns).tolist() == [7000] * 3
    assert (str(found.value.dtype), str(found.quality.dtype), str(found.at_ns.dtype)) == (
        "float64",
        "uint16",
        "int64",
    )
    reader.close()


async def check_many_rows_come_whole_in_pieces(historian: Any, read: Read) -> None:
    """More than one piece, and none lost or double at the edges of the pieces."""
    count = 250_001
    at_ns = T0 + np.arange(count) * 1_000_000
    index = np.zeros(count, dtype=np.int32)
    await historian.append(
        [block(index, np.arange(count, dtype=float), index.astype(np.uint16), at_ns=at_ns)]
    )
    reader = read()
    pieces = list(reader.rows(POWER_KW, start_ns=T0, end_ns=T0 + 10**12))
    assert len(pieces) > 1
    assert np.array_equal(np.concatenate([piece.value for piece in pieces]), np.arange(count, dtype=float))
    assert np.array_equal(np.concatenate([piece.at_ns for piece in pieces]), at_ns)
    reader.close()


async def check_a_bad_row_counts_in_no_interval(historian: Any, read: Read) -> None:
    await filled(historian)
    reader = read()
    found = reader.outline(POWER_KW, start_ns=T0, end_ns=T0 + 10 * SECOND, count=5)
    assert (found.start_ns, found.step_ns, found.end_ns) == (T0, 2 * SECOND, T0 + 10 * SECOND)
    assert found.low.tolist() == [0.0, 2.0, 5.0, 6.0, 8.0]
    assert found.mean.tolist() == [0.5, 2.0, 5.0, 6.5, 8.5]
    assert found.high.tolist() == [1.0, 2.0, 5.0, 7.0, 9.0]
    assert (found.rows.tolist(), found.good.tolist()) == ([2] * 5, [2, 1, 1, 2, 2])
    reader.close()


async def check_an_interval_without_rows_is_a_hole(historian: Any, read: Read) -> None:
    await filled(historian)
    reader = read()
    found = reader.outline(CURRENT_A, start_ns=T0, end_ns=T0 + 10 * SECOND, count=10)
    assert found.good.tolist() == [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]
    assert found.mean.tolist() == [0.0, 0.0, 230.5, 0, 0, 0, 0, 0, 0, 0]
    reader.close()


async def check_a_series_that_is_not_kept_is_empty(historian: Any, read: Read) -> None:
    await filled(historian)
    reader = read()
    stranger = Column("f99/current", "A")
    assert sum(map(len, reader.rows(stranger, start_ns=0, end_ns=T0 * 2))) == 0
    assert not reader.outline(stranger, start_ns=T0, end_ns=T0 + SECOND, count=2).good.any()
    reader.close()


async def check_gaps_that_touch_the_time_are_told(historian: Any, read: Read) -> None:
    gaps = (Gap(7, T0, T0 + SECOND), Gap(9, T0 + 60 * SECOND, T0 + 61 * SECOND))
    batch = Batch(place=Place(1, 1), columns=(POWER_KW,), blocks=(), documents=(), gaps=gaps)
    await historian.store(batch)
    reader = read()
    assert reader.gaps(start_ns=T0, end_ns=T0 + 10 * SECOND) == gaps[:1]
    assert reader.gaps(start_ns=0, end_ns=2 * T0) == gaps
    reader.close()


async def check_nothing_can_be_written_through_it(historian: Any, read: Read) -> None:
    await filled(historian)
    reader = read()
    with pytest.raises(Exception, match=r"(?i)read.?only"):
        reader._connection.execute("DELETE FROM measurements")
    reader.close()


CHECKS = tuple(value for name, value in sorted(globals().items()) if name.startswith("check_"))
