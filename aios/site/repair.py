"""Partial reading: what remains of a site file when its schema mistakes are set aside.

So that cross-checks can go on and a file with mistakes of both kinds gets all its findings at once.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from aios.site.lines import Path
from aios.site.schema import SiteFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """The readable rest of a site file."""

    content: SiteFile
    places: Mapping[str, tuple[int, ...]]
    """For each array of tables, the original place of each element that was kept."""
    dropped: frozenset[str]
    """Names of what was set aside: findings about them would only repeat."""

    def original(self, path: Path) -> Path:
        """Return the path in the file as it was written."""
        if len(path) > 1 and isinstance(path[0], str) and isinstance(path[1], int) and path[0] in self.places:
            return (path[0], self.places[path[0]][path[1]], *path[2:])
        return path

    def repeats(self, text: str) -> bool:
        """Tell whether a finding is about something that was set aside."""
        return any(name in text for name in self.dropped)


def whole(content: SiteFile) -> Partial:
    """Return a file without schema mistakes as it is."""
    return Partial(content=content, places={}, dropped=frozenset())


def readable_part(raw: Mapping[str, Any], error: ValidationError) -> Partial | None:
    """Set the mistakes aside, first the keys alone, then their sections; None when too little is left."""
    rest = copy.deepcopy(dict(raw))
    for mistake in error.errors():
        _drop_key(rest, mistake["loc"])
    places = {name: tuple(range(len(part))) for name, part in rest.items() if isinstance(part, list)}
    dropped: set[str] = set()
    try:
        return Partial(content=SiteFile.model_validate(rest), places=places, dropped=frozenset())
    except ValidationError as again:
        sections = {
            m["loc"][:2] for m in again.errors() if len(m["loc"]) > 1 and isinstance(m["loc"][1], int)
        }
    for name, kept in places.items():
        bad = {place for section, place in sections if section == name}
        dropped |= {str(rest[name][place].get("name", "")) for place in bad if isinstance(place, int)}
        places[name] = tuple(place for place in kept if place not in bad)
        rest[name] = [rest[name][place] for place in places[name]]
    try:
        content = SiteFile.model_validate(rest)
    except ValidationError:
        return None
    return Partial(content=content, places=places, dropped=frozenset(dropped - {""}))


def _drop_key(rest: Any, path: tuple[str | int, ...]) -> None:
    """Remove the value at a path, if there is one and it is the value of a key."""
    for part in path[:-1]:
        try:
            rest = rest[part]
        except (KeyError, IndexError, TypeError):
            return
    if isinstance(rest, dict):
        rest.pop(path[-1], None)
