"""Profiles by the file that holds them: a set of an import (.npz) or a CSV file; read once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from simulators.profiles.from_csv import read_csv
from simulators.profiles.load import Profiles, load_profiles
from simulators.profiles.stored import read_profiles


def profiles_in(path: str) -> Profiles:
    """Return the profiles of a file; the shipped year where none is named.

    Raises:
        OSError: the file cannot be read.
        ProfilesInvalid: a CSV file has errors or gaps; all are listed.
        ValueError: an npz file is no profile set.

    >>> profiles_in("").names
    ('feeder_1', 'feeder_2', 'feeder_3', 'feeder_4', 'pv')
    """
    if not path:
        return load_profiles()
    seen = Path(path).stat()
    return _read(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=4)
def _read(path: str, changed_ns: int, size: int) -> Profiles:
    del changed_ns, size  # a file that was written anew is read anew
    return read_csv(Path(path)).profiles if path.endswith(".csv") else read_profiles(Path(path))
