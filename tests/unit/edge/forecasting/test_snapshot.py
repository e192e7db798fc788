from typing import NamedTuple

import numpy as np
import pytest

from edge.forecasting.snapshot import flatten, unflatten


class Leaf(NamedTuple):
    x: np.ndarray


class Root(NamedTuple):
    leaf: Leaf
    y: np.ndarray


@pytest.fixture
def root():
    return Root(Leaf(np.array([1.0, 2.0])), np.array([3], dtype=np.int64))


def test_names_tell_the_path(root):
    assert list(flatten(root)) == ["leaf.x", "y"]


def test_a_snapshot_is_a_copy(root):
    arrays = flatten(root)
    root.y[0] = 9
    assert arrays["y"].tolist() == [3]


def test_what_was_flattened_comes_back_the_same(root):
    again = unflatten(root, flatten(root))
    assert isinstance(again.leaf, Leaf)
    assert again.leaf.x.tolist() == [1.0, 2.0]
    assert again.y is not root.y


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"z": np.zeros(1)}, "differ in z"),
        ({"leaf.x": np.zeros(3)}, "leaf.x is float64"),
        ({"y": np.zeros(1)}, "y is float64"),
        ({"leaf.x": np.array([np.nan, 1.0])}, "leaf.x holds numbers that are not finite"),
    ],
    ids=["unknown name", "other shape", "other type", "not finite"],
)
def test_a_doubtful_snapshot_is_refused(root, change, says):
    with pytest.raises(ValueError, match=says):
        unflatten(root, flatten(root) | change)
