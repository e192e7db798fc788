"""Where the drivers on this machine say how good they are: those that are shipped, and installed ones."""

from __future__ import annotations

import importlib.util
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

import drivers

GROUP: Final = "aios.drivers"
FILE: Final = "quality.toml"


def driver_folders() -> dict[str, Path]:
    """Return the folder of each driver by name: rooms of `drivers`, and packages with an entry point.

    A protocol whose package is gone or broken is left out: nothing can be read of it.
    """
    shipped = {path.parent.name: path.parent for path in Path(drivers.__path__[0]).glob(f"*/{FILE}")}
    folders = dict(shipped)
    for entry in entry_points(group=GROUP):
        folder = _folder_of(entry.module)
        if folder is not None and folder not in shipped.values():
            folders[entry.name] = folder
    return dict(sorted(folders.items()))


def protocols_of(folder: Path) -> list[str]:
    """Return the protocols of site files that the driver in a folder speaks."""
    return sorted(entry.name for entry in entry_points(group=GROUP) if _folder_of(entry.module) == folder)


def _folder_of(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except ImportError:
        return None
    return Path(spec.origin).parent if spec is not None and spec.origin else None
