import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from drivers.historian.columns import pack, unpack
from kernel.measurement import Block, block

FIELDS = ("index", "value", "quality", "at_ns", "available_at_ns")


def _same(one: Block, other: Block) -> bool:
    pairs = [(getattr(one, field), getattr(other, field)) for field in FIELDS]
    return all(a.astype(b.dtype).tobytes() == b.tobytes() for a, b in pairs)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**31 - 1),
            st.floats(allow_nan=False),
            st.integers(0, 2**16 - 1),
            st.integers(0, 2**62),
            st.integers(0, 2**62),
        ),
        max_size=20,
    )
)
def test_a_block_comes_back_bit_for_bit(rows):
    columns = list(zip(*rows, strict=True)) or [()] * 5
    before = Block(
        index=np.array(columns[0], dtype=np.int32),
        value=np.array(columns[1], dtype=np.float64),
        quality=np.array(columns[2], dtype=np.uint16),
        at_ns=np.array(columns[3], dtype=np.int64),
        available_at_ns=np.array(columns[4], dtype=np.int64),
    )
    (after,) = unpack(pack([before]))
    assert _same(before, after)


def test_a_negative_zero_beside_zeros_keeps_its_sign():
    (after,) = unpack(pack([block([0, 1], [0.0, -0.0], [0, 0], at_ns=1)]))
    assert np.signbit(after.value).tolist() == [False, True]


def test_a_row_of_a_device_block_costs_at_most_13_bytes():
    rows = 50
    assert len(pack([block(range(rows), np.linspace(0, 1, rows), [0] * rows, at_ns=1)])) <= 13 * rows
