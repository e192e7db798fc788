"""The role of what executes runs, and the simplest one: here, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, Protocol

from aios.studies.cell import Request
from aios.studies.result import Outcome
from aios.studies.run import execute

TRIES: Final = 3
"""A run whose worker is lost is given to another; after so many it has failed."""


class FanOut(Protocol):
    """Executes runs, in any order, and yields each outcome once."""

    def run(self, requests: Sequence[Request]) -> Iterator[Outcome]:
        """Yield outcomes as they come."""
        ...


class Here:
    """Executes in this process."""

    def __init__(self, keep: Path | None = None) -> None:
        """Keep the gateways' folders below `keep`; None removes them."""
        self._keep = keep

    def run(self, requests: Sequence[Request]) -> Iterator[Outcome]:
        """Yield outcomes in the order of the requests."""
        for request in requests:
            yield execute(request, None if self._keep is None else self._keep / request.run)
