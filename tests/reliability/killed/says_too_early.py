"""Sabotage: a gateway that says that it has taken something as soon as it has heard it."""

from __future__ import annotations

import sys

from aios.cli import main
from edge.acknowledging import Acknowledging

if __name__ == "__main__":
    Acknowledging.over = lambda self, respond: respond  # type: ignore[method-assign]
    sys.exit(main())
