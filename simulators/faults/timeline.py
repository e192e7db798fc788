"""The ground truth of a run's faults: which were there, from when until when, and how large they became."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from simulators.faults.catalogue import row_of
from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind, Level


class FaultSpan(msgspec.Struct, frozen=True, kw_only=True):
    """One fault of a run, as it really was."""

    kind: FaultKind
    level: Level
    target: str
    onset_ns: int
    """First moment, nanoseconds since 1970 UTC; it may lie before the run."""
    end_ns: int | None
    """First moment after it; None where it was still there at the end of the run."""
    amount: float
    """Largest size that it reached; the catalogue says what it means."""
    expected_s: float | None
    """Time from the onset within which the gateway shows it in the run that tests the row, seconds.

    None where it cannot. A smaller fault, or another site, may take longer: `tested` of the row says what
    that run was.
    """


def timeline(faults: Iterable[Fault], until_ns: int) -> tuple[FaultSpan, ...]:
    """Return the faults that had begun at a moment, in the order of their onset.

    >>> from simulators.faults.fault import Fault
    >>> one = Fault(target="m", kind=FaultKind.SILENT, onset_ns=5, end_ns=9)
    >>> [(span.kind, span.end_ns) for span in timeline([one], 7)], timeline([one], 4)
    ([(<FaultKind.SILENT: 'silent'>, None)], ())
    """
    begun = sorted((fault for fault in faults if fault.onset_ns <= until_ns), key=_order)
    return tuple(_span(fault, until_ns) for fault in begun)


def _order(fault: Fault) -> tuple[int, str, str]:
    return fault.onset_ns, fault.kind, fault.target


def _span(fault: Fault, until_ns: int) -> FaultSpan:
    ended = fault.end_ns is not None and fault.end_ns <= until_ns
    last_ns = fault.end_ns - 1 if ended and fault.end_ns is not None else until_ns
    row = row_of(fault.kind)
    return FaultSpan(
        kind=fault.kind,
        level=row.level,
        target=fault.target,
        onset_ns=fault.onset_ns,
        end_ns=fault.end_ns if ended else None,
        amount=fault.severity(last_ns),
        expected_s=row.within_s if row.is_seen else None,
    )
