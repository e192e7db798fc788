import numpy as np
import pytest

from kernel.joint import Joint, joined
from kernel.measurement import Block, block


def blocks(value, *, quality=None):
    """Eight devices of one point each; the first one's value and quality are given."""
    return [
        block([row], [value if row == 0 else 1.0], [0] if quality is None or row else quality, at_ns=row + 1)
        for row in range(8)
    ]


def still(array):
    array.flags.writeable = False
    return array


def test_joined_blocks_hold_what_the_blocks_held():
    (whole,) = joined(blocks(7.0), count=8)
    assert whole.index.tolist() == list(range(8))
    assert whole.value.tolist() == [7.0] + 7 * [1.0]
    assert whole.at_ns.tolist() == whole.available_at_ns.tolist() == list(range(1, 9))


def test_blocks_that_share_a_row_stay_as_they_are():
    joint, every = Joint(8), blocks(7.0)
    twice = [*every, every[0]]
    assert joint.of(every)[0].index.tolist() == list(range(8))
    assert joint.of(twice) == tuple(twice)
    assert joint.of(twice) == tuple(twice)


@pytest.mark.parametrize("is_still", [True, False])
def test_a_column_that_was_written_in_place_is_joined_anew(is_still):
    joint, quality = Joint(8), np.zeros(1, dtype=np.uint16)
    first = [*blocks(1.0)]
    if is_still:
        for one in first:
            still(one.quality), still(one.index)
    else:
        first[0] = Block(
            index=first[0].index, value=first[0].value, quality=quality,
            at_ns=first[0].at_ns, available_at_ns=first[0].at_ns,
        )  # fmt: skip
    before = joint.of(first)[0].quality
    quality[0] = 5
    after = joint.of(first)[0].quality
    assert after.tolist() == ([0] if is_still else [5]) + 7 * [0]
    assert (after is before) == is_still
    assert not after.flags.writeable
