"""Hold every planted driver to the whole contract: its rule finds it, and no rule that it does not break."""

from __future__ import annotations

import asyncio
import logging
import sys

from tests.planted_drivers.planted import planted_faults, report_of


def main() -> int:
    """Print a line a fault; return 1 where one is not found, or a rule is blamed that it does not break."""
    logging.getLogger().addHandler(logging.NullHandler())  # what they say is judged, not read
    wrong = 0
    for fault in planted_faults():
        broken = {result.rule for result in asyncio.run(report_of(fault, whole=True)).broken}
        right = fault.rule in broken and broken <= {fault.rule, *fault.also}
        wrong += not right
        print(f"{'found' if right else 'WRONG':5}  {fault.name}: {', '.join(sorted(broken)) or 'nothing'}")
    print(
        f"{len(planted_faults()) - wrong} of {len(planted_faults())} planted drivers found by the right rule"
    )
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
