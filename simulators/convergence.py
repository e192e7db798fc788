"""Telling when a grid loses its solution and when it has one again."""

from __future__ import annotations

import structlog

from simulators.physics.flows import Flows

_log = structlog.get_logger(__name__)


def tell(before: Flows, now: Flows, now_ns: int) -> None:
    """Log once when the grid loses its solution and once when it has one again."""
    if before.converged and not now.converged:
        _log.error("grid.unconverged", at_ns=now_ns, failure=now.failure)
    elif now.converged and not before.converged:
        _log.info("grid.converged", at_ns=now_ns)
