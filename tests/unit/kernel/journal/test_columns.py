"""A batch in columns comes back to the bit, whatever was read, and what does not change costs little."""

from __future__ import annotations

import zlib

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.journal.columns import pack, unpack
from kernel.journal.encoding import TickRecord, record_of
from kernel.measurement import Block, block
from kernel.pipe.tick import Inputs, Outputs
from tests.unit.kernel.journal.test_encoding import blocks


def record(number: int, *read: Block) -> TickRecord:
    inputs = Inputs(tick=number, now_ns=number, blocks=read, activations=("a",))
    return record_of(inputs, (), Outputs(tick=number, now_ns=number))


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(blocks(), max_size=3), max_size=5), st.booleans())
def test_a_batch_comes_back_to_the_bit(read: list[list[Block]], twice: bool) -> None:  # noqa: FBT001
    batch = [record(number, *(one * 2 if twice else one)) for number, one in enumerate(read)]
    batch += [record(len(batch) + number, *one) for number, one in enumerate(read)]
    assert unpack(pack(batch)) == batch


def test_a_batch_of_format_1_is_read() -> None:
    batch = [record(0, block([1, 2], [3.0, 4.0], [0, 0], at_ns=5))]
    assert unpack(zlib.compress(msgspec.msgpack.encode(batch), 1)) == batch


@pytest.mark.parametrize("cut", [1, 4, 20, -1])
def test_a_damaged_batch_is_told_from_a_whole_one(cut: int) -> None:
    body = pack([record(0, block([1, 2], [3.0, 4.0], [0, 0], at_ns=5))])
    with pytest.raises(ValueError, match=r".+"):
        unpack(body[:cut])


def test_rows_that_read_as_before_cost_next_to_nothing() -> None:
    luck = np.random.default_rng(1)
    values = luck.normal(size=1000)
    batch = []
    for number in range(64):
        values[:10] = luck.normal(size=10)
        batch.append(record(number, block(list(range(1000)), values.tolist(), [0] * 1000, at_ns=number)))
    per_tick = len(pack(batch)) / 64
    changed, first = 10 * 8, 1000 * 12 / 64
    assert per_tick < 4 * (changed + first), "not the 30 000 bytes of a thousand rows"
