"""The role of what executes runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from aios.studies.cell import Request
from aios.studies.result import Outcome

TRIES: Final = 3
"""A run whose worker is lost is given to another; after so many it has failed."""


class FanOut(Protocol):
    """Executes runs, in any order, and yields each outcome once."""

    def run(self, requests: Sequence[Request]) -> Iterator[Outcome]:
        """Yield outcomes as they come."""
        ...
