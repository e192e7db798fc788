"""Writes the skeleton of a driver package under a name of its own."""

from __future__ import annotations

import keyword
import re
from pathlib import Path
from typing import Final

from aios.foreign import OURS

SKELETON: Final = Path(__file__).parents[1] / "skeleton"
_PLACES: Final = {
    "__init__.py": "{name}/__init__.py",
    "line.py": "{name}/line.py",
    "driver.py": "{name}/driver.py",
    "simulated.py": "{name}/simulated.py",
    "quality.toml": "{name}/quality.toml",
    "test_driver.py": "tests/test_driver.py",
    "pyproject.toml.txt": "pyproject.toml",
    "README.md.txt": "README.md",
}
_PACKAGE: Final = '"""{title}: a driver for AIOS Grid."""\n'


def flaw_of_name(name: str) -> str:
    """Say why a package cannot be called so; empty where it can.

    >>> flaw_of_name("weather_station"), flaw_of_name("kernel")
    ('', 'kernel is a package of AIOS Grid itself')
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        return f"{name} is no name of a package: small letters, digits and _, beginning with a letter"
    if name in {*OURS, "aios", "tests", "skeleton"}:
        return f"{name} is a package of AIOS Grid itself"
    return ""


def write_skeleton(name: str, folder: Path) -> list[Path]:
    """Write a driver package that runs, and return its files.

    Args:
        name: of the package and of its protocol in site files.
        folder: that is made for it; it must not exist.

    Raises:
        FileExistsError: the folder is there already; nothing was written.
        ValueError: the name cannot be one.
    """
    flaw = flaw_of_name(name)
    if flaw:
        raise ValueError(flaw)
    folder.mkdir(parents=True)
    written = []
    for source, place in _PLACES.items():
        path = folder / place.format(name=name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(_renamed(source, name), encoding="utf-8")
        written.append(path)
    return written


def _renamed(source: str, name: str) -> str:
    title = name.replace("_", " ").title()
    if source == "__init__.py":
        return _PACKAGE.format(title=title)
    text = (SKELETON / source).read_text(encoding="utf-8")
    text = text.replace("aios.skeleton", name).replace("aios/skeleton", name)
    return text.replace("Skeleton", title.replace(" ", "")).replace("skeleton", name)
