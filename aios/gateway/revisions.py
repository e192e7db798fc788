"""Revisions: every site file that a gateway has taken, kept in its folder, newest last."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

KEPT: Final = 50
"""Revisions that are kept; the oldest go."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One site file as it was taken."""

    number: int
    digest: str
    """SHA-256 of the text, hexadecimal."""
    text: str


class Revisions:
    """The accepted site files of one gateway."""

    def __init__(self, folder: Path) -> None:
        """Keep them in a folder."""
        self._folder = folder

    def all(self) -> tuple[Revision, ...]:
        """Return them, the oldest first."""
        found = []
        for path in sorted(self._folder.glob("[0-9]*.toml")):
            text = path.read_text(encoding="utf-8")
            found.append(Revision(int(path.stem), digest_of(text), text))
        return tuple(found)

    def accept(self, text: str) -> Revision:
        """Keep a text as the newest revision, unless it is that already; durable when it returns."""
        known = self.all()
        if known and known[-1].text == text:
            return known[-1]
        number = known[-1].number + 1 if known else 1
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{number:06d}.toml"
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
        for old in known[: max(0, len(known) + 1 - KEPT)]:
            (self._folder / f"{old.number:06d}.toml").unlink(missing_ok=True)
        return Revision(number, digest_of(text), text)

    def keep_text(self, text: str) -> Path:
        """Write down what the gateway runs by now, accepted or on trial, for its helper processes."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / "running.toml"
        fresh = path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        fresh.rename(path)
        return path

    def before(self, digest: str) -> Revision | None:
        """Return the newest revision that is older than the one of a digest; None where there is none."""
        known = self.all()
        places = [place for place, one in enumerate(known) if one.digest == digest]
        return known[places[-1] - 1] if places and places[-1] > 0 else None


def digest_of(text: str) -> str:
    """Return the digest of a site file, as the journal names it."""
    return hashlib.sha256(text.encode()).hexdigest()
