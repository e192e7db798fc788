"""The driver quality scale: what a driver must have, in four tiers, and how far one has come.

Each driver says it of itself in `quality.toml` beside its code: every rule done with its proof, still to do,
or exempt with the reason. After the integration quality scale of Home Assistant, with rules of substations.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final

import msgspec


class Tier(StrEnum):
    """How far a driver has come; each asks for all of those before it."""

    NONE = "none"
    BRONZE = "bronze"
    """It does no harm."""
    SILVER = "silver"
    """It can be operated."""
    GOLD = "gold"
    """It agrees with software that we did not write, and survives rubbish."""
    PLATINUM = "platinum"
    """It is encrypted, measured, and its guards are proved one by one."""


class ScaleRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule of the scale."""

    name: str
    tier: Tier
    claim: str


def _rules(tier: Tier, **claims: str) -> tuple[ScaleRule, ...]:
    return tuple(ScaleRule(name=name, tier=tier, claim=claim) for name, claim in claims.items())


SCALE: Final = (
    *_rules(
        Tier.BRONZE,
        conformance_kit="held to its contract by a kit that finds planted faults",
        unavailable_within_two_scans="what is lost is marked within two scans, and never shown as good",
        sent_once="retries = 0: nothing that acts is sent again, whatever becomes of it",
        reconnects="a peer that was away is found again by itself, with a bounded pause",
        bounded_in_time="every wait has a time-out, and none holds up the loop",
        documented="a document says what it does and how it is set up",
    ),
    *_rules(
        Tier.SILVER,
        answer_belongs_to_request="an answer is believed only where it repeats what it must of its request",
        refusals_told="a refusal is reported as one, and an unknown outcome as unknown",
        logs_once="one line when the peer goes away, one when it is back",
        bounded_queues="every queue has a bound, and its drops are counted",
        diagnostics="what it does can be looked at while it runs",
        how_to="a how-to whose commands run in the tests",
    ),
    *_rules(
        Tier.GOLD,
        golden_bytes="bytes from specifications or vendors' tables mean what they say there",
        interoperability="tested against software that we did not write",
        bad_wire="tested behind a wire with latency, slices, resets and silence",
        fuzzed="malformed input at full count: no crash, no untyped exception, no growth",
        strict_typing="mypy --strict passes",
        deviations="known departures from the standard, and of devices from their tables, are written down",
    ),
    *_rules(
        Tier.PLATINUM,
        encrypted="TLS with certificates of both sides",
        benchmarked="its speed is measured against a goal by one command",
        reliability="its promises hold at full count in `make reliability`",
        planted_faults="each guard has a test that fails when it is removed",
    ),
)
TIERS: Final = (Tier.BRONZE, Tier.SILVER, Tier.GOLD, Tier.PLATINUM)


class Status(StrEnum):
    """What a driver says of a rule."""

    DONE = "done"
    TODO = "todo"
    EXEMPT = "exempt"


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a driver says of one rule."""

    status: Status
    proof: tuple[str, ...] = ()
    """Files of tests, code or documents that show it, from the root of the driver's repository."""
    why: str = ""
    """Why it is still to do, or does not apply."""


class Quality(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a driver says of itself."""

    title: str
    rules: dict[str, Answer]

    def flaws(self) -> list[str]:
        """Say what is wrong with it as a document; the proofs are not opened."""
        known = {rule.name for rule in SCALE}
        found = [f"there is no rule {name}" for name in self.rules if name not in known]
        found += [f"nothing is said of {rule.name}" for rule in SCALE if rule.name not in self.rules]
        for name, answer in self.rules.items():
            if answer.status is Status.DONE and not answer.proof:
                found.append(f"{name} is done without a proof")
            if answer.status is not Status.DONE and not answer.why:
                found.append(f"{name} is {answer.status} without a reason")
        return found

    def missing_proofs(self, root: Path) -> list[str]:
        """Return the proofs that do not exist under a root; a part after `::` must stand in its file."""
        return [proof for answer in self.rules.values() for proof in answer.proof if not _stands(root, proof)]

    @property
    def tier(self) -> Tier:
        """The highest tier whose rules, and those below, are all done or exempt."""
        reached = Tier.NONE
        for tier in TIERS:
            if self.open_rules(tier):
                return reached
            reached = tier
        return reached

    def open_rules(self, tier: Tier) -> list[str]:
        """Return the rules of a tier that are still to do."""
        return [
            rule.name
            for rule in SCALE
            if rule.tier is tier
            and (rule.name not in self.rules or self.rules[rule.name].status is Status.TODO)
        ]


def read_quality(path: Path) -> Quality:
    """Read a `quality.toml`.

    Raises:
        ValueError: it is not one; the message says what is wrong with it.
        OSError: it cannot be read.
    """
    try:
        quality = msgspec.toml.decode(path.read_bytes(), type=Quality)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    flaws = quality.flaws()
    if flaws:
        raise ValueError(f"{path.name}: {'; '.join(flaws)}")
    return quality


def _stands(root: Path, proof: str) -> bool:
    file, _, inside = proof.partition("::")
    path = root / file
    return path.exists() and (not inside or inside in path.read_text(encoding="utf-8"))
