"""What an alarm is before anything happens: condition, urgency, delays, and what the operator is to do."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from edge.alarms.machine import Timing

_FILE: Final = Path(__file__).with_name("rules.toml")


class Rule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One table of `rules.toml`: what is common to all alarms of a condition."""

    priority: int
    """1 (high), 2 (medium) or 3 (low)."""
    on_delay_s: float
    off_delay_s: float
    deadband: float
    """In the unit of the condition's value."""
    respond_within_s: float
    consequence: str
    response: str
    source: str
    """Where limits and delays come from."""
    limits: dict[str, float] = {}
    """Limits that hold where the site's model gives none, with the unit in the name."""

    @property
    def timing(self) -> Timing:
        """What keeps it from chattering."""
        return Timing(on_delay_s=self.on_delay_s, off_delay_s=self.off_delay_s, deadband=self.deadband)


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One alarm of a site."""

    condition: str
    """Name of its rule."""
    subject: str
    """Asset or point that it is about."""
    asset: str
    rule: Rule
    timing: Timing
    """That of the rule, or a longer one where the site's equipment needs longer."""

    @property
    def id(self) -> str:
        """Stable name: the same condition of the same subject has the same."""
        return f"{self.condition}:{self.subject}"


@cache
def rules() -> dict[str, Rule]:
    """Return the rules by condition."""
    return msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), dict[str, Rule])


def defined(condition: str, subject: str, *, timing: Timing | None = None) -> Definition:
    """Define an alarm by its rule.

    Raises:
        KeyError: there is no such rule.

    >>> defined("voltage_limit", "t1").id
    'voltage_limit:t1'
    """
    rule = rules()[condition]
    return Definition(
        condition=condition,
        subject=subject,
        asset=subject.partition("/")[0],
        rule=rule,
        timing=timing or rule.timing,
    )
