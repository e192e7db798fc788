"""Named tuples of arrays to a flat dictionary of named arrays, and back with every doubt checked."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Tree = TypeVar("Tree", bound=NamedTuple)
Arrays = Mapping[str, NDArray[Any]]


def flatten(tree: NamedTuple, prefix: str = "") -> dict[str, NDArray[Any]]:
    """Copy a nested tuple of arrays to names like `experts.opinions`."""
    flat: dict[str, NDArray[Any]] = {}
    for name, leaf in tree._asdict().items():
        if isinstance(leaf, np.ndarray):
            flat[prefix + name] = leaf.copy()
        else:
            flat |= flatten(leaf, f"{prefix}{name}.")
    return flat


def unflatten(like: Tree, arrays: Arrays) -> Tree:
    """Build a tuple of the shape of `like` from named arrays.

    Raises:
        ValueError: a name is missing or unknown, or a shape, type or value is not what `like`
        allows.
    """
    expected = flatten(like)
    if expected.keys() != arrays.keys():
        odd = sorted(expected.keys() ^ arrays.keys())
        raise ValueError(f"snapshot and state differ in {', '.join(odd)}")
    for name, array in expected.items():
        given = np.asarray(arrays[name])
        if given.shape != array.shape or given.dtype != array.dtype:
            raise ValueError(f"{name} is {given.dtype}{given.shape}, not {array.dtype}{array.shape}")
        if not np.all(np.isfinite(given)):
            raise ValueError(f"{name} holds numbers that are not finite")
    return _build(like, arrays, "")


def _build(like: Tree, arrays: Arrays, prefix: str) -> Tree:
    leaves = {
        name: np.array(arrays[prefix + name], order="C", copy=True)
        if isinstance(leaf, np.ndarray)
        else _build(leaf, arrays, f"{prefix}{name}.")
        for name, leaf in like._asdict().items()
    }
    return like._replace(**leaves)
