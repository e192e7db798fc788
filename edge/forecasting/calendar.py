"""Wall-clock steps and day classes: people live by the clock on the wall, and load follows people."""

from dataclasses import dataclass, field
from typing import Self

import numpy as np

from edge.forecasting.horizon import DAY, STEP_NS, Ints

SUNDAY = 6


def _none() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Maps UTC instants to steps of the local wall clock, and days to classes.

    In spring a wall clock skips four steps, which the forecaster sees as a hole; in autumn four
    come twice, and the second pass is not learnt. So "the same time yesterday" stays the same time
    of people's day, all year.

    >>> Calendar().step(0), Calendar().day_class(0)
    (0, 3)
    """

    changes_ns: Ints = field(default_factory=_none)
    """(M,) int64 ascending UTC instants, ns, at which the local offset changes."""
    offset_s: tuple[int, ...] = (0,)
    """M + 1 offsets from UTC, seconds east: before the first change, after it, ..."""
    holidays: frozenset[int] = frozenset()
    """Local day numbers (days since 1970-01-01) on which people live as on a Sunday."""

    def __post_init__(self) -> None:
        if len(self.offset_s) != self.changes_ns.size + 1:
            raise ValueError(f"{self.changes_ns.size} changes need {self.changes_ns.size + 1} offsets")

    @classmethod
    def fixed(cls, offset_s: int) -> Self:
        """A calendar without summer time, `offset_s` seconds east of UTC."""
        return cls(offset_s=(offset_s,))

    def step(self, at_ns: int) -> int:
        """The wall-clock step that holds a UTC instant (ns); 0 began at local 1970-01-01 00:00."""
        era = int(np.searchsorted(self.changes_ns, at_ns, side="right"))
        return (at_ns + self.offset_s[era] * 1_000_000_000) // STEP_NS

    def leads(self, at_ns: int, newest_step: int) -> Ints:
        """Wall-clock steps from `newest_step` to each of the DAY quarter-hours after `at_ns` (UTC ns).

        Returns:
            (DAY,) int64 within 1..DAY; 1, 2, ... on every day but the two on which the clock changes.
        """
        instants = at_ns + STEP_NS * np.arange(1, DAY + 1, dtype=np.int64)
        offsets = np.array(self.offset_s, dtype=np.int64)
        eras = np.searchsorted(self.changes_ns, instants, side="right")
        steps = (instants + offsets[eras] * 1_000_000_000) // STEP_NS
        ahead: Ints = np.clip(steps - newest_step, 1, DAY)
        return ahead

    def day_class(self, day: int) -> int:
        """The class of a local day number: 0 Monday ... 6 Sunday or holiday."""
        return SUNDAY if day in self.holidays else (day + 3) % 7
