"""A gateway whose gate and journal may take seconds, for tests that are not about their time.

Beside other tests a policy process may be starved for longer than a judgement may take in the field; then the
gateway goes safe, as it should, and a test that is about something else sees another power.
"""

from __future__ import annotations

import sys
from typing import Final

from aios.cli import main
from aios.shelf import at_life
from kernel.shell.shell import Shell

PATIENCE_S: Final = 10.0
"""Real seconds for a judgement, and for a commit."""
STALE_S: Final = 10.0
"""Age at which a reading of its site is old, seconds."""
WATCHDOG_S: Final = 30.0


if __name__ == "__main__":
    at_life.GATE_BUDGET_S = PATIENCE_S  # type: ignore[misc]
    Shell.__init__.__kwdefaults__ |= {"gate_patience_s": PATIENCE_S, "journal_patience_s": PATIENCE_S}
    sys.exit(main())
