"""Names of an origin as names of ours: lower case, digits and underscores, each once, as sites write."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def plain(given: object) -> str:
    """Return a name as sites write it; empty where nothing of it is left.

    >>> plain("MV1.101 Line 23"), plain("Trafo 110/20 kV"), plain("7th"), plain(None)
    ('mv1_101_line_23', 'trafo_110_20_kv', 'x7th', '')
    """
    if not isinstance(given, str):
        return ""
    name = re.sub(r"[^a-z0-9]+", "_", given.lower()).strip("_")
    return f"x{name}" if name[:1].isdigit() else name


def unlike(given: Mapping[Key, object], kind: str, taken: set[str]) -> dict[Key, str]:
    """Return a name for each thing that nobody has yet, and remember them in `taken`.

    A thing without a name is called by its kind and key; where two have one name the later gets a number.

    >>> unlike({0: "Line 1", 1: "line-1", 2: None}, "line", set())
    {0: 'line_1', 1: 'line_1_2', 2: 'line_2'}
    """
    found: dict[Key, str] = {}
    for key, name in given.items():
        wanted = plain(name) or f"{kind}_{key}"
        free, count = wanted, 1
        while free in taken:
            count += 1
            free = f"{wanted}_{count}"
        taken.add(free)
        found[key] = free
    return found
