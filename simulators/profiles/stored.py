"""A profile set in a file of its own, beside the network that follows it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.profiles.load import Profiles

FILE: Final = "profiles.npz"
"""Name of the file beside a network."""


def write_profiles(profiles: Profiles, path: Path) -> None:
    """Write a profile set, compressed; values are kept to 7 digits.

    Raises:
        OSError: it cannot be written.
    """
    np.savez_compressed(
        path,
        names=np.array(profiles.names),
        values=profiles.values.astype(np.float32),
        start_ns=np.int64(profiles.start_ns),
        step_s=np.int64(profiles.step_s),
        rated_kw=profiles.rated_kw,
    )


def read_profiles(path: Path) -> Profiles:
    """Read a profile set that `write_profiles` wrote.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no profile set.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return profile_set(
                tuple(str(name) for name in stored["names"]),
                stored["values"].astype(np.float64),
                start_ns=int(stored["start_ns"]),
                step_s=int(stored["step_s"]),
            )
    except KeyError as missing:
        raise ValueError(f"{path} is no profile set: {missing}") from missing


def profile_set(
    names: tuple[str, ...], values: NDArray[np.float64], *, start_ns: int, step_s: int
) -> Profiles:
    """Return profiles in per unit of whatever follows them.

    Args:
        names: S of them.
        values: (S, T), per unit, no NaN; made read-only.
        start_ns: of the first step, nanoseconds since 1970 UTC.
        step_s: length of a step.

    Raises:
        ValueError: shapes do not fit, or a value is no number.
    """
    if values.shape[:1] != (len(names),) or values.ndim != 2 or not np.isfinite(values).all():
        raise ValueError(f"{len(names)} profiles need as many rows of finite numbers, not {values.shape}")
    values.setflags(write=False)
    return Profiles(
        names=names, start_ns=start_ns, step_s=step_s, values=values, rated_kw=np.ones(len(names))
    )


def no_profiles() -> Profiles:
    """Return a set without a profile, for a network in which nothing follows one."""
    return profile_set((), np.zeros((0, 1)), start_ns=0, step_s=900)
