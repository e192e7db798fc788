"""The check-out sheet: who compared what with what, when, and what came of it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Verdict(StrEnum):
    """What became of one point."""

    AGREES = "agrees"
    DIFFERS = "differs"
    NOT_COMPARED = "not compared"
    """It was read, and nobody gave a reference."""
    NOT_READABLE = "not readable"


class Raw(msgspec.Struct, frozen=True, kw_only=True):
    """Registers of a point as they came from the device."""

    device: str
    unit: int
    table: str
    address: int
    registers: tuple[int, ...]
    """Empty where they were not read."""


class WriteTest(msgspec.Struct, frozen=True, kw_only=True):
    """A write through the gate, its read-back, and whether the device fell back by itself."""

    value: float
    outcome: str
    """done, or what else became of it."""
    command: str
    detail: str
    read_back: float | None
    reverted: bool | None = None
    """None where it was not looked at."""
    reversion: str = ""
    """What was seen of it, in words."""


class PointResult(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one point."""

    point: str
    unit: str
    verdict: Verdict
    value: float
    state: str
    """Name of the code, for discrete points."""
    quality: str
    at_ns: int
    """When it was read, civil nanoseconds since 1970 UTC."""
    by: str
    raw: Raw | None = None
    reference: str = ""
    """Reading of the device's display or of a reference instrument, as it was given."""
    tolerance: float = 0.0
    """Largest difference that agrees, in the unit of the point."""
    note: str = ""
    written: WriteTest | None = None

    @property
    def good(self) -> bool:
        """Whether nothing is left to be done about it."""
        test = self.written
        return self.verdict is Verdict.AGREES and (
            test is None or (test.outcome == "done" and test.reverted is not False)
        )


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """All that was found at a site."""

    site: str
    title: str
    site_digest: str
    """SHA-256 of the site file, hexadecimal."""
    maps: dict[str, str]
    """SHA-256 of each register map by its name, hexadecimal."""
    version: str
    """Of the program."""
    began_ns: int
    ended_ns: int
    person: str
    """Who closed the sheet."""
    results: tuple[PointResult, ...]
    scope: str = "*"
    """Pattern of the points that were walked."""

    @property
    def good(self) -> bool:
        """Whether every point is."""
        return all(result.good for result in self.results)

    def counts(self) -> dict[str, int]:
        """Return how many points came to each end."""
        return {verdict.value: sum(one.verdict is verdict for one in self.results) for verdict in Verdict}
