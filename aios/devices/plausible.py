"""Does a register map fit a device? Reading it and looking at what comes tells a lot, and proves nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np

from drivers.modbus.entry import Access, Entry
from drivers.modbus.identity import decode_text
from drivers.modbus.link import DeviceException, Link, NoAnswer
from drivers.modbus.map import SHIPPED, RegisterMap, load_map
from drivers.modbus.raw_numbers import Answer
from drivers.modbus.read_plan import plan_reads
from kernel.measurement import Values
from kernel.point import Kind
from kernel.quality import Quality

SAYS_MUCH: Final = 1.0
"""Weight of a value that is plausible and not zero."""
SAYS_LITTLE: Final = 0.25
"""Weight of a zero, or of a value of which nothing could be implausible: many a map would show it."""
NOTHING: Final = 1e-9
"""A smaller value counts as zero: small integers read as floating point are such."""
NAMED: Final = 0.95
"""Least weight of a device that names itself as the map expects."""
BELIEVED: Final = 0.6
"""Score from which a map is proposed."""


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """How well a map fits, and why."""

    map: str
    title: str
    score: float
    """0 to 1: share of the requests that were answered, times the mean weight of the values."""
    requests: int
    answered: int
    values: int
    plausible: int
    evidence: tuple[str, ...]
    """What speaks for it and against it, in words."""


async def fits_of(link: Link, unit: int, *, maps: Sequence[str] = ()) -> tuple[Fit, ...]:
    """Try maps on a device, the best first.

    Args:
        link: how to reach it; it is only read.
        unit: its unit identifier.
        maps: names or paths; empty for all that are shipped.

    Raises:
        LinkDown, BadEcho: the device went away, or answers as none should.
    """
    names = maps or sorted(file.stem for file in SHIPPED.glob("*.toml"))
    found = [await fit_of(link, unit, load_map(name)) for name in names]
    return tuple(sorted(found, key=lambda fit: -fit.score))


async def fit_of(link: Link, unit: int, register_map: RegisterMap) -> Fit:
    """Read what a map declares, once, and judge it; a device that names itself otherwise is another."""
    named, words = await _named(link, unit, register_map)
    if named is False:
        return _other(register_map, words)
    readable = [entry for entry in register_map.entries if entry.access is not Access.WRITE]
    plan = plan_reads(readable, gap=register_map.gap, limits=register_map.limits)
    answers: list[Answer] = []
    refused: list[str] = []
    for request in plan.requests:
        try:
            answers.append(await link.read(unit, request.table, request.address, request.count))
        except (DeviceException, NoAnswer) as failure:
            answers.append(None)
            refused.append(f"{request.table} {request.address}: {failure}")
            if isinstance(failure, NoAnswer):  # a silent device is not asked the rest: each costs a time-out
                answers += [None] * (len(plan.requests) - len(answers))
                break
    value, quality = plan.decode(answers)
    fit = _judged(register_map, readable, (value, quality), answers, refused)
    if not named:
        return fit
    score = max(fit.score, round(NAMED * fit.answered / max(1, fit.requests), 3))
    return msgspec.structs.replace(fit, score=score, evidence=(*words, *fit.evidence))


async def _named(link: Link, unit: int, register_map: RegisterMap) -> tuple[bool | None, tuple[str, ...]]:
    """Return whether the device names itself as the map expects, None where the map expects nothing."""
    said: list[str] = []
    for identity in (one for one in register_map.identity if one.expected):
        try:
            text = decode_text(
                identity, await link.read(unit, identity.table, identity.address, identity.count)
            )
        except (DeviceException, NoAnswer) as failure:
            return False, (f"{identity.name} cannot be read: {failure}",)
        if not text.startswith(identity.expected):
            return False, (f"{identity.name} is {text or 'empty'}, not {identity.expected}",)
        said.append(f"{identity.name} is {text}")
    return (True if said else None), tuple(said)


def _other(register_map: RegisterMap, words: tuple[str, ...]) -> Fit:
    return Fit(
        map=register_map.name,
        title=register_map.title,
        score=0.0,
        requests=len(words),
        answered=0,
        values=len(register_map.entries),
        plausible=0,
        evidence=words,
    )


def _judged(
    register_map: RegisterMap,
    entries: Sequence[Entry],
    read: tuple[Values, Quality],
    answers: Sequence[Answer],
    refused: Sequence[str],
) -> Fit:
    value, quality = read
    most = SAYS_LITTLE if _says_one_thing(answers) else SAYS_MUCH
    weights = [
        min(most, _weight(entry, float(value[row]), int(quality[row]))) for row, entry in enumerate(entries)
    ]
    answered = sum(answer is not None for answer in answers)
    share = answered / len(answers) if answers else 0.0
    order = np.argsort([-weight for weight in weights], kind="stable")
    telling = [_words(entries[row], float(value[row])) for row in order[:3] if weights[row] > 0.0]
    odd = [
        f"not plausible: {_words(entry, float(value[row]))}"
        for row, entry in enumerate(entries)
        if weights[row] == 0.0 and not quality[row]
    ]
    return Fit(
        map=register_map.name,
        title=register_map.title,
        score=round(share * sum(weights) / len(weights), 3) if weights else 0.0,
        requests=len(answers),
        answered=answered,
        values=len(entries),
        plausible=sum(weight > 0.0 for weight in weights),
        evidence=(*telling, *odd[:3], *refused[:2]),
    )


def _weight(entry: Entry, value: float, quality: int) -> float:
    """Return how much a value speaks for the map: nothing where it is bad or out of what is plausible."""
    if quality:
        return 0.0
    believable = entry.plausibility
    if believable is not None and not believable.low <= value <= believable.high:
        return 0.0
    checked = believable is not None or entry.kind is Kind.CODE
    return SAYS_MUCH if checked and abs(value) > NOTHING else SAYS_LITTLE


def _says_one_thing(answers: Sequence[Answer]) -> bool:
    """Tell whether a device has the same number everywhere: some fill what they do not have."""
    words = [word for answer in answers if answer is not None for word in answer]
    return len(words) > 1 and len(set(words)) == 1


def _words(entry: Entry, value: float) -> str:
    state = entry.states.get(int(value), "") if entry.states else ""
    return f"{entry.quantity} {state or f'{value:g} {entry.unit}'}"
