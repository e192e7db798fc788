"""What can be wrong with a piece of equipment, asked by the equipment itself at the moment it matters."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Ailment(StrEnum):
    """What equipment knows how to suffer; the amount says how much."""

    BREAKER_SLOW = "breaker_slow"
    """The mechanism takes `amount` seconds longer, either way. Asset: a breaker."""
    BREAKER_STAYS_CLOSED = "breaker_stays_closed"
    """It does not open when told. Asset: a breaker."""
    BREAKER_STAYS_OPEN = "breaker_stays_open"
    """It does not close when told. Asset: a breaker."""
    AUXILIARY_CONTACTS = "auxiliary_contacts"
    """Its position is shown as the double point `amount`: 0 both contacts open, 3 both closed."""
    RELAY_BLIND = "relay_blind"
    """The relay measures but never trips. Asset: the breaker that it would trip."""
    RELAY_TRIPS = "relay_trips"
    """The relay trips although nothing is wrong, as soon as its breaker is closed."""
    RELAY_SELF_TEST = "relay_self_test"
    """The relay's self-test fails; it is blind until that is over."""


class Ailing(Protocol):
    """Who knows what ails the equipment of a world."""

    def amount(self, asset: str, ailment: Ailment, now_ns: int) -> float | None:
        """Return how much an asset suffers at a moment; None where it does not."""
        ...

    def next_change_ns(self, now_ns: int) -> int | None:
        """Return the next moment after `now_ns` at which an ailment begins or ends; None for never."""
        ...

    def mend(self, asset: str, now_ns: int) -> None:
        """End the ailments of an asset that stand: it has been repaired."""
        ...


class Sound:
    """Nothing ails anything."""

    def amount(self, asset: str, ailment: Ailment, now_ns: int) -> float | None:  # noqa: ARG002
        """Return None."""
        return None

    def next_change_ns(self, now_ns: int) -> int | None:  # noqa: ARG002
        """Return None."""
        return None

    def mend(self, asset: str, now_ns: int) -> None:
        """Nothing has to be mended."""
