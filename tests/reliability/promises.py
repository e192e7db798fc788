"""All promises of this folder: the modules named `rNN_*.py`, in order."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.reliability.promise import Promise


def promises() -> tuple[Promise, ...]:
    """Import every module of a promise and return what it holds, R1 before R10.

    Raises:
        ValueError: two modules hold one promise.
    """
    names = sorted(path.stem for path in Path(__file__).parent.glob("r[0-9][0-9]_*.py"))
    found = [importlib.import_module(f"tests.reliability.{name}").PROMISE for name in names]
    ids = [promise.id for promise in found]
    if len(set(ids)) < len(ids):
        raise ValueError(f"a promise is held twice: {ids}")
    return tuple(found)
