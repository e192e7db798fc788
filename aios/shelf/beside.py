"""Beside: what was found while a bundle was asked beside the active one, kept for people to look at."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from aios.folder import Folder
from policies.shadow import Compared

NAME: Final = "beside.json"


def found_beside(root: Path) -> Compared | None:
    """Return what was found so far; None where no bundle was asked beside."""
    try:
        return msgspec.json.decode((Folder(root=root).shelf / NAME).read_bytes(), type=Compared)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def keep_beside(root: Path, found: Compared) -> None:
    """Keep what was found; it replaces what was there as a whole."""
    path = Folder(root=root).shelf / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(NAME + ".new")
    fresh.write_bytes(msgspec.json.encode(found))
    fresh.replace(path)
