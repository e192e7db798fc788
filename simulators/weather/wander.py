"""Seeded randomness that remembers: a first-order autoregressive process that can be asked at any moment.

x[k] = phi x[k-1] + sqrt(1 - phi^2) e[k] stands on knots of equal distance and is linear between them. Its
innovations e[k] are hashed from seed and k, and the sum over the past is cut where phi^j falls below 0.1 %:
so any instant can be asked for directly, in any order, with the same answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from simulators.noise import normal

_CUT: Final = 0.001
"""Innovations whose weight is below this are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wander:
    """A process with mean 0 and, at its knots, standard deviation 1."""

    seed: int
    step_ns: int
    """From one knot to the next, nanoseconds."""
    phi: float
    """Correlation from one knot to the next, 0 <= phi < 1."""

    def at(self, now_ns: int) -> float:
        """Return the process at a moment, nanoseconds since 1970 UTC.

        >>> calm = Wander(seed=3, step_ns=3600, phi=0.9)
        >>> abs(calm.at(7200 + 1) - calm.at(7200)) < 0.01
        True
        """
        knot, rest_ns = divmod(now_ns, self.step_ns)
        share = rest_ns / self.step_ns
        before, after = _knot(self.seed, self.phi, knot), _knot(self.seed, self.phi, knot + 1)
        return (1.0 - share) * before + share * after


@lru_cache(maxsize=256)
def _knot(seed: int, phi: float, knot: int) -> float:
    """The process at one knot."""
    past = math.ceil(math.log(_CUT) / math.log(phi)) if phi > 0.0 else 0
    total = 0.0
    for back in range(past, -1, -1):
        total = phi * total + _innovation(seed, knot - back)
    return math.sqrt(1.0 - phi * phi) * total


@lru_cache(maxsize=1024)
def _innovation(seed: int, knot: int) -> float:
    """One knot's innovation; the next knots need it too."""
    return normal(seed, knot)
