"""A planted fault is a line of data: which guard, where its text stands, what takes its place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

LISTS: Final = Path(__file__).parent
ROOMS: Final = tuple(sorted(path.stem for path in LISTS.glob("*.toml")))


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One guard and its removal."""

    removes: str
    """The claim that does not hold without the guard."""
    file: str
    """From the root of the project."""
    find: str
    """Text of the guard; it must occur exactly once."""
    replace: str
    tests: list[str]
    """Files or folders of tests that should notice, from the root."""
    room: str = ""
    """Which list it stands in."""

    def flaw(self, root: Path) -> str:
        """Say why it cannot be planted; empty where it can."""
        path = root / self.file
        if not path.exists():
            return f"{self.file} is not there any more"
        found = path.read_text(encoding="utf-8").count(self.find)
        if found != 1:
            return f"{self.find!r} occurs {found} times in {self.file}, not once"
        missing = [name for name in self.tests if not (root / name).exists()]
        return f"no tests at {', '.join(missing)}" if missing else ""


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fault: list[Fault]


def faults() -> tuple[Fault, ...]:
    """Read the lists of all rooms, in order."""
    found: list[Fault] = []
    for room in ROOMS:
        listed = msgspec.toml.decode((LISTS / f"{room}.toml").read_bytes(), type=_List).fault
        found += (msgspec.structs.replace(fault, room=room) for fault in listed)
    return tuple(found)
