"""What is done of a walk, on disk after every point: an interruption costs one point at most."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from aios.commission.sheet import PointResult


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A walk that is under way."""

    site_digest: str
    maps: dict[str, str]
    scope: str
    began_ns: int
    results: tuple[PointResult, ...] = ()

    def fits(self, other: Progress) -> bool:
        """Tell whether two walks are of the same site file, maps and points."""
        return (self.site_digest, self.maps, self.scope) == (other.site_digest, other.maps, other.scope)


def load_progress(path: Path) -> Progress | None:
    """Return what was done; None where nothing was, or where the file is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Progress)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def save_progress(progress: Progress, path: Path) -> None:
    """Put what is done on disk, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(msgspec.json.encode(progress))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
