"""What gas in oil is usual, by gas: the table of `gas_limits.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

_FILE: Final = Path(__file__).with_name("gas_limits.toml")


class Levels(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Amounts in units of one way of keeping air out, ppm by volume."""

    source: str
    typical: dict[str, float]
    """Nine in ten sound units have less: above it the ratios of gases mean something."""
    high: dict[str, float]
    """Nineteen in twenty have less: above it the alarm is raised."""

    def communicating(self, other: Communicating) -> Levels:
        """Return the levels of a unit whose tap changer gives it gas."""
        return msgspec.structs.replace(self, typical=self.typical | other.ppm, high=self.high | other.ppm)


class Communicating(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is usual where the oil of the tap changer meets that of the tank."""

    source: str
    ppm: dict[str, float]
    ppm_per_year: dict[str, float]


class Rises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rates of rise."""

    source: str
    ppm_per_year: dict[str, float]
    least_ppm: dict[str, float]
    """Less than this within a window counts for nothing."""
    least_share: float
    """Nor does less than this share of the reading."""

    def communicating(self, other: Communicating) -> Rises:
        """Return the rates of a unit whose tap changer gives it gas."""
        return msgspec.structs.replace(self, ppm_per_year=self.ppm_per_year | other.ppm_per_year)

    def limit_per_day(self, gas: str, ppm: float, days: float) -> float:
        """Return the rate above which a rise counts, ppm/day.

        Args:
            gas: its name.
            ppm: how much there is.
            days: length of the window.
        """
        least = max(self.least_ppm[gas], self.least_share * ppm)
        return max(self.ppm_per_year[gas] / 365.25, least / days)


class GasLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole table."""

    sealed: Levels
    breathing: Levels
    rise: Rises
    communicating: Communicating

    def of(self, ratings: Mapping[str, float]) -> tuple[Levels, Rises]:
        """Return what is usual in a unit.

        Args:
            ratings: of the transformer: `breathing` and `communicating_tap_changer`, 1 where it is so.
        """
        levels = self.breathing if ratings.get("breathing", 0.0) > 0.0 else self.sealed
        if ratings.get("communicating_tap_changer", 0.0) <= 0.0:
            return levels, self.rise
        return levels.communicating(self.communicating), self.rise.communicating(self.communicating)


@cache
def gas_limits() -> GasLimits:
    """Return the table.

    >>> gas_limits().sealed.high["hydrogen"], gas_limits().breathing.high["hydrogen"]
    (200.0, 90.0)
    """
    return msgspec.convert(tomllib.loads(_FILE.read_text(encoding="utf-8")), GasLimits)
