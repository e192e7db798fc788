"""A bay with protection: relay, breaker, recloser and breaker failure, from one event to the next.

The bay is brought through stretches of constant current. It names the moment of its next event (`due_ns`),
the world cuts a stretch there, and what is due at the end of a stretch happens in a fixed order.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from kernel.point import NANOSECONDS
from simulators.equipment.ailments import Ailing, Ailment
from simulators.equipment.circuit_breaker import BreakerPlate, CircuitBreaker
from simulators.equipment.overcurrent import Overcurrent, OvercurrentSettings
from simulators.equipment.reclosing import NEVER, Reclosing, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class BayPlan:
    """How one branch is protected."""

    branch: str
    """Cable (breaker and current transformer at its `from` end) or transformer (its low-voltage side)."""
    breaker: str
    """Asset that is the breaker."""
    relay: OvercurrentSettings
    plate: BreakerPlate = field(default_factory=BreakerPlate)
    reclosing: Reclosing = NEVER
    upstream: str = ""
    """Branch whose breaker is tripped where this one fails; empty for none."""
    failure_s: float = 0.25
    """Time from a trip after which current that still flows means breaker failure (50BF), seconds."""
    failure_a: float = 20.0
    """Current above which it flows still, A."""


class BayAct(StrEnum):
    """What happens in a bay."""

    TRIP = "trip"
    OPENED = "opened"
    CLOSED = "closed"
    RECLOSE = "reclose"
    LOCK_OUT = "lock_out"
    BREAKER_FAILURE = "breaker_failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class BayEvent:
    """One thing that happened, for the ledger and for reports."""

    at_ns: int
    branch: str
    act: BayAct
    current_a: float
    cause: str
    """Why: overcurrent, instantaneous, breaker failure of another bay, a false trip, by hand."""


class Bay:
    """One bay as it lives."""

    def __init__(self, plan: BayPlan, ailing: Ailing, *, closed: bool) -> None:
        self.plan = plan
        self.relay = Overcurrent(plan.relay)
        self.breaker = CircuitBreaker(plan.breaker, plan.plate, ailing, closed=closed)
        self.sequence = Sequence(plan.reclosing)
        self.cause = ""
        """Why it was opened last; empty while it is closed."""
        self.trip_a = math.nan
        """Current of the last trip, A; NaN before the first."""
        self.trips = 0
        self.events: list[BayEvent] = []
        self.current_a = 0.0
        self._ailing = ailing
        self._tripping = False
        self._recloses = True
        self._failure_ns: int | None = None

    def due_ns(self, now_ns: int, current_a: float) -> int | None:
        """Return when something happens here if this current stays; None for never."""
        moments = [self.breaker.due_ns, self._failure_ns, *self.sequence.due_ns]
        if self._can_trip(now_ns):
            left_s = self.relay.left_s(current_a)
            if math.isfinite(left_s):
                moments.append(now_ns + math.ceil(left_s * NANOSECONDS))
        return min((moment for moment in moments if moment is not None), default=None)

    def live(self, until_ns: int, *, seconds: float, current_a: float) -> bool:
        """Bring the bay to the end of a stretch; return whether its breaker has failed just now."""
        self.current_a = current_a
        self.relay = self.relay.after(current_a, seconds)
        if self.breaker.arrive(until_ns, current_a=current_a):
            self._arrived(until_ns)
        if self._can_trip(until_ns):
            self._maybe_trip(until_ns)
        if self.sequence.pass_until(until_ns) and not self.breaker.conducts:
            self._note(BayAct.RECLOSE, until_ns, "automatic reclosing")
            self.breaker.command(close=True, now_ns=until_ns)
        return self._has_failed(until_ns)

    def trip(self, now_ns: int, cause: str, *, recloses: bool) -> None:
        """Trip the breaker, for whatever reason, and watch whether it obeys; an open one is left alone."""
        if self._tripping or not self.breaker.conducts:
            return
        self._tripping, self._recloses, self.cause = True, recloses, cause
        self.trips, self.trip_a = self.trips + 1, self.current_a
        self._failure_ns = now_ns + round(self.plan.failure_s * NANOSECONDS)
        self._note(BayAct.TRIP, now_ns, cause)
        self.breaker.command(close=False, now_ns=now_ns)

    def operate(self, *, close: bool, now_ns: int) -> None:
        """Move the breaker by hand or by the gateway: nothing recloses after that."""
        if self.breaker.conducts == close and self.breaker.due_ns is None:
            return
        self.sequence.by_hand()
        self._tripping, self._failure_ns = False, None
        self.relay = self.relay.at_rest()
        if not close:
            self.cause = "by hand"
        self.breaker.command(close=close, now_ns=now_ns)

    def _can_trip(self, now_ns: int) -> bool:
        if self._tripping or not self.breaker.conducts:
            return False
        blind = (Ailment.RELAY_BLIND, Ailment.RELAY_SELF_TEST)
        return all(self._ailing.amount(self.plan.breaker, one, now_ns) is None for one in blind)

    def _maybe_trip(self, now_ns: int) -> None:
        if self._ailing.amount(self.plan.breaker, Ailment.RELAY_TRIPS, now_ns) is not None:
            self.trip(now_ns, "false trip", recloses=True)
        elif self.relay.trips:
            self.trip(now_ns, "overcurrent", recloses=True)

    def _arrived(self, now_ns: int) -> None:
        if self.breaker.conducts:
            self.cause = ""
            self.sequence.closed(now_ns)
            self._note(BayAct.CLOSED, now_ns, "")
            return
        self._note(BayAct.OPENED, now_ns, self.cause)
        self.relay = self.relay.at_rest()
        if self._tripping:
            self._tripping, self._failure_ns = False, None
            self.sequence.opened_by_trip(now_ns, reclose=self._recloses)
            if self.sequence.locked_out:
                self._note(BayAct.LOCK_OUT, now_ns, self.cause)

    def _has_failed(self, now_ns: int) -> bool:
        if self._failure_ns is None or now_ns < self._failure_ns:
            return False
        self._failure_ns = None
        failed = self.breaker.conducts and self.current_a > self.plan.failure_a
        if self.breaker.due_ns is None:
            self._tripping, self.relay = False, self.relay.at_rest()  # it trips again if current comes again
        if failed:
            self._note(BayAct.BREAKER_FAILURE, now_ns, self.cause)
        return failed

    def _note(self, act: BayAct, now_ns: int, cause: str) -> None:
        self.events.append(
            BayEvent(at_ns=now_ns, branch=self.plan.branch, act=act, current_a=self.current_a, cause=cause)
        )
