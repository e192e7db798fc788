"""Who is there: one small read to each unit, slowly."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from drivers.modbus.entry import Table
from drivers.modbus.link import AWAY_BEHIND, BadEcho, DeviceException, Link, LinkDown, NoAnswer


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that answered."""

    unit: int
    answer: str
    """What it said."""


class Scan(msgspec.Struct, frozen=True, kw_only=True):
    """Who is there."""

    target: str
    asked: int
    """Units that were asked."""
    found: tuple[Unit, ...]
    note: str = ""
    """What the answers mean together."""


def units_of(text: str) -> list[int]:
    """Return the units of a list such as `1-10,40`.

    Raises:
        ValueError: it is none, or names units that no device can have.

    >>> units_of("1-3,7")
    [1, 2, 3, 7]
    """
    found: set[int] = set()
    for part in text.split(","):
        low, dash, high = part.strip().partition("-")
        found.update(range(int(low), int(high if dash else low) + 1))
    if not found or min(found) < 1 or max(found) > 247:
        raise ValueError(f"{text}: units are 1 to 247")
    return sorted(found)


async def scan(link: Link, units: Iterable[int], *, target: str, tell: Callable[[int], None]) -> Scan:
    """Ask each unit for one register.

    Args:
        link: how to reach them; it is only read.
        units: 1 to 247.
        target: what people call the place.
        tell: is told each unit before it is asked.

    Raises:
        LinkDown: nobody is at the place itself.
    """
    found: list[Unit] = []
    asked = 0
    for unit in units:
        tell(unit)
        asked += 1
        answer = await _ask(link, unit)
        if answer:
            found.append(Unit(unit=unit, answer=answer))
    every = asked > 1 and len(found) == asked
    note = "every unit answers: it is one device that does not look at the unit" if every else ""
    return Scan(target=target, asked=asked, found=tuple(found), note=note)


async def _ask(link: Link, unit: int) -> str:
    """Return what a unit says; empty where nobody does."""
    for table in (Table.HOLDING, Table.INPUT):
        try:
            (value,) = await link.read(unit, table, 0, 1)
        except DeviceException as refusal:
            if refusal.code in AWAY_BEHIND:
                return ""
            said = str(refusal)
        except BadEcho as wrong:
            return f"something that is no answer: {wrong}"
        except NoAnswer:
            return ""
        except LinkDown:
            await link.ready()  # it may be the pause after a lost connection; if not, this says so
            return await _ask(link, unit)
        else:
            return f"{table} 0 is {value}"
    return said
