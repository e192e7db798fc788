"""The start-up check: a foreign package must not stand where one of ours should.

Our top-level names are plain words, so another distribution may bring a `drivers` or `kernel` of its own.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Final

OURS: Final = ("kernel", "drivers", "policies", "edge", "simulators")


def locate(name: str) -> Path | None:
    """Return the folder from which a package would be imported; None where there is none."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations))).resolve()


def foreign_packages(where: Callable[[str], Path | None] = locate) -> tuple[str, ...]:
    """Name every package that shadows one of ours, and where it comes from."""
    home = Path(__file__).resolve().parent.parent
    findings = []
    for name in OURS:
        found = where(name)
        if found is None:
            findings.append(f"package {name} of AIOS Grid is missing: install aios-grid again")
        elif found.parent != home:
            findings.append(
                f"package {name} is imported from {found}, not from {home / name}: another distribution "
                f"shadows ours; give AIOS Grid an environment of its own"
            )
    return tuple(findings)
