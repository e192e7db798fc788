"""Ending: a clean stop settles what was queued, and says in the journal that the run is over.

What never reached the wire is entered as expired; what was on it stays open, and the next run resolves it by
reading back.
"""

from __future__ import annotations

from kernel.command import Sent
from kernel.pipe.feedback import settle
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Outputs
from kernel.site import Site


def last_words(site: Site, state: PipeState, sent: tuple[Sent, ...], *, tick: int, now_ns: int) -> Outputs:
    """Return what the journal must still hear when a run ends: reports on commands, and their ends."""
    known = tuple(report for report in sent if report.command in state.in_flight)
    _, receipts = settle(site, state.in_flight, known, state.image)
    reported = {report.command for report in known}
    ends = tuple(receipt for receipt in receipts if receipt.command in reported)
    return Outputs(tick=tick, now_ns=now_ns, sent=known, receipts=ends)
