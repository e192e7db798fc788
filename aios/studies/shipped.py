"""The studies that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SHIPPED: Final = Path(__file__).parent / "shipped"


def study_path(name: Path) -> Path:
    """Return a study file: a path, or the name of a shipped one.

    Raises:
        FileNotFoundError: there is neither.

    >>> study_path(Path("demand_response_week")).name
    'study.toml'
    """
    shipped = SHIPPED / name / "study.toml"
    if not name.exists() and shipped.exists():
        return shipped
    if not name.is_file():
        known = ", ".join(sorted(path.parent.name for path in SHIPPED.glob("*/study.toml")))
        raise FileNotFoundError(2, "no study file", f"{name}; shipped studies are {known}")
    return name
