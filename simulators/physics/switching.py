"""Which branches stand open, where tap changers stand, what is shorted: beside what is injected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A balanced short circuit to earth, on a bus or along a line."""

    ohm: float = 0.0
    """Resistance of the fault (arc, tower footing), ohm >= 0; 0 is a bolted fault."""
    at: float = 0.5
    """Place along a line, 0 at its `from` end to 1 at its `to` end; no meaning on a bus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switching:
    """What is switched differently from a network in which everything is closed.

    >>> Switching(open=frozenset({"coupler"})) == Switching(open=frozenset({"coupler"}), taps={})
    True
    """

    open: frozenset[str] = frozenset()
    """Names of the branches and switches that stand open; all others are closed. A line opens at its `from`
    end, a transformer at both, a switch the end of the branch at which it stands."""
    taps: Mapping[str, int] = field(default_factory=dict)
    """Tap position by transformer; one that is not named stands where the network file has it."""
    steps: Mapping[str, int] = field(default_factory=dict)
    """Steps in by capacitor; one that is not named stands where the network file has it."""
    blown: Mapping[str, int] = field(default_factory=dict)
    """Of the steps that are in, those whose fuses have blown: they stand in, and feed nothing."""
    shorts: Mapping[str, Short] = field(default_factory=dict)
    """Short circuits by the bus or line they are on; only `simulators.physics.shorted` solves them."""

    def feeding(self, capacitor: str, drawn: int) -> int:
        """Return how many steps of a capacitor feed in, of which the network file has so many in.

        >>> Switching(steps={"c1": 3}, blown={"c1": 1}).feeding("c1", 4)
        2
        """
        return max(self.steps.get(capacitor, drawn) - self.blown.get(capacitor, 0), 0)


AS_DRAWN: Final = Switching()
"""Everything closed, every tap changer and capacitor where the network file has it."""
