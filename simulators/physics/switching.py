"""Which branches stand open and where tap changers stand: what is switched, beside what is injected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Switching:
    """What is switched differently from a network in which everything is closed.

    >>> Switching(open=frozenset({"coupler"})) == Switching(open=frozenset({"coupler"}), taps={})
    True
    """

    open: frozenset[str] = frozenset()
    """Names of the branches that stand open; all others are closed. A cable opens at its `from` end, a
    transformer at both."""
    taps: Mapping[str, int] = field(default_factory=dict)
    """Tap position by transformer; one that is not named stands where the network file has it."""


AS_DRAWN: Final = Switching()
"""Everything closed, every tap changer where the network file has it."""
