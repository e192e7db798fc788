"""Wanted: the files that a site file names, which a gateway on another machine needs as well."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def named_by(site: Path) -> tuple[Path, ...]:
    """Return a site file and the files and folders beside it that it names, as whole paths.

    A name is looked up as the site file's own readers do: as it stands, with `.toml`, under `maps/`. What
    lies outside the folder of the site file belongs to somebody else.
    """
    home = site.resolve().parent
    text = site.read_text(encoding="utf-8")
    found = {site.resolve()}
    for word in _words(tomllib.loads(text)):
        for name in (word, f"{word}.toml", f"maps/{word}.toml"):
            found.update(_beside(home, name.removeprefix("file:")))
    return tuple(sorted(found))


def _words(told: Any) -> Iterator[str]:
    """Yield every text in a document."""
    match told:
        case str():
            yield told
        case dict():
            for inner in told.values():
                yield from _words(inner)
        case list():
            for inner in told:
                yield from _words(inner)
        case _:
            pass


def _beside(home: Path, name: str) -> Iterator[Path]:
    if not name.strip("./ ") or "\0" in name or len(name) > 255:
        return
    path = (home / name).resolve()
    if not path.is_relative_to(home) or path == home:
        return
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (inner for inner in path.rglob("*") if inner.is_file() and not inner.is_symlink())
