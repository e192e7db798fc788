"""What the conformance kit found of a driver: each rule with its evidence."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """What became of one rule."""

    KEPT = "kept"
    BROKEN = "broken"
    EXEMPT = "exempt"
    """The bench says why it does not apply."""
    NOT_TRIED = "not tried"
    """The bench lacks what it needs, or another fault stood in the way."""


class RuleResult(msgspec.Struct, frozen=True, kw_only=True):
    """One rule, and what was seen of it."""

    rule: str
    claim: str
    outcome: Outcome
    evidence: str
    """What was seen, or why it was not tried."""
    do: str = ""
    """What to do about it, where it is broken."""

    def __str__(self) -> str:
        advice = f"\n    {self.do}" if self.do else ""
        return f"{self.outcome.upper():9} {self.rule}: {self.claim}\n    {self.evidence}{advice}"


class NotConforming(AssertionError):
    """A driver breaks its contract; the message names each rule with its evidence."""


class DriverReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every rule of the contract, in order."""

    driver: str
    results: tuple[RuleResult, ...]

    @property
    def broken(self) -> tuple[RuleResult, ...]:
        """The rules that are broken."""
        return tuple(result for result in self.results if result.outcome is Outcome.BROKEN)

    @property
    def kept(self) -> tuple[RuleResult, ...]:
        """The rules that were tried and hold."""
        return tuple(result for result in self.results if result.outcome is Outcome.KEPT)

    @property
    def is_fit(self) -> bool:
        """Whether no rule is broken."""
        return not self.broken

    def raise_if_broken(self) -> None:
        """Do nothing where no rule is broken.

        Raises:
            NotConforming: it names every broken rule.
        """
        if self.broken:
            told = "\n".join(str(result) for result in self.broken)
            raise NotConforming(
                f"{self.driver} breaks {len(self.broken)} of {len(self.results)} rules\n{told}"
            )

    def __str__(self) -> str:
        return "\n".join([self.driver, *map(str, self.results)])
