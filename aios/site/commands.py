"""The section `commands` of a site file: who may send commands over MQTT."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from aios.site.checks import Found
from aios.site.schema import SiteFile
from kernel.point import Point
from kernel.site import RemoteCommands, Sender

DAY_S: Final = 86400.0


def check_commands(content: SiteFile, points: Sequence[Point]) -> Iterator[Found]:
    """Find keys that are named twice, that may ask for nothing, or whose ids would be forgotten too soon."""
    commands = content.commands
    if commands is None:
        return
    if not content.uplinks.mqtt:
        yield ("commands",), "commands come over MQTT: uplinks.mqtt is missing"
    keep_days = content.journal.keep_days
    if keep_days is not None and keep_days * DAY_S < 2 * commands.longest_s:
        words = (
            f"ids are remembered by the journal: keep_days must be twice longest_s ({commands.longest_s:g} s)"
        )
        yield ("journal", "keep_days"), words
    names = [*(point.name for point in points if point.writing), *(one.name for one in content.sum)]
    seen: set[str] = set()
    for place, sender in enumerate(commands.sender):
        if sender.key in seen:
            yield ("commands", "sender", place, "key"), f"key {sender.key} is named twice"
        seen.add(sender.key)
        for number, pattern in enumerate(sender.points):
            if not any(fnmatchcase(name, pattern) for name in names):
                where = ("commands", "sender", place, "points", number)
                yield where, f"{pattern} matches no writable point and no sum"


def remote_commands(content: SiteFile, folder: Path) -> RemoteCommands | None:
    """Return what the gateway takes; None where it takes nothing."""
    section = content.commands
    if section is None:
        return None
    return RemoteCommands(
        keys=str(folder / section.keys),
        senders=tuple(
            Sender(key=one.key, person=one.person, role=one.role, points=tuple(one.points))
            for one in section.sender
        ),
        longest_s=section.longest_s,
        per_minute=section.per_minute,
        skew_s=section.skew_s,
        trust_clock=section.trust_clock,
    )
