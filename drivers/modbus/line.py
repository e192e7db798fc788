"""A line: one wire that several devices share, and a seat on it for each of them.

One request is under way at a time. Who is next is chosen in `turn_order`, who is not asked at all in
`breaker`, how often a device is read in `cadence`: all pure. What is here waits, times and lets go. A request
runs in the task of its caller, so a caller that is cancelled takes its request with it: the link drops the
connection, and no late answer can meet the next request.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import structlog

from drivers.modbus.breaker import CREDIT_S, Allowance, Stage
from drivers.modbus.cadence import settled, slow
from drivers.modbus.link import Link, LinkDown
from drivers.modbus.seat import HeldTurn, Seat
from drivers.modbus.turn_order import COURTESY_S, Later, Urgency, Waiting, is_passed_over, next_turn
from kernel.traffic import LineState

log = structlog.get_logger(__name__)

LOOK_S: Final = 5.0
"""Real seconds between two looks at who takes how much of the line."""
DEMANDS: Final = 3.0
"""Readings within which a device must have asked to have its place among those that may be probed."""


class Line:
    """Gives the devices of one wire their turns."""

    def __init__(self, link: Link, *, name: str, gap_s: float = 0.0) -> None:
        """Take the link that everybody shares.

        Args:
            link: one request at a time, time-outs of its own.
            name: of the wire, for people: `host:port` or the serial port.
            gap_s: silence between two requests, real seconds.
        """
        self.name = name
        self.seats: tuple[Seat, ...] = ()
        self._link = link
        self._gap_s = gap_s
        self._waiting: dict[int, tuple[Urgency, float, Seat, asyncio.Future[None]]] = {}
        """Who waits, by number: no more than two for each device, a reading and a write."""
        self._asked = 0
        self._passed_over = 0
        self._busy = False
        self._free_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._allowance = Allowance()
        self._looked_s = self._begun_s = 0.0
        self._busy_s = self._busy_before_s = self._failing_s = 0.0
        self._busy_share = 0.0
        self._requests = 0
        self._open = 0

    def seat(self, device: str, *, timeout_s: float, wanted_s: float, gap_s: float = 0.0) -> Seat:
        """Return a link for one more device.

        Args:
            device: its name.
            timeout_s: how long an answer is waited for, real seconds.
            wanted_s: time from reading to reading that is wanted, real seconds.
            gap_s: pause that the device needs after an answer, real seconds.
        """
        seat = Seat(self, device, timeout_s=timeout_s, wanted_s=wanted_s, gap_s=gap_s)
        self.seats = (*self.seats, seat)
        return seat

    async def opened(self) -> None:
        """Connect with the first device that opens."""
        self._open += 1
        if self._open == 1:
            self._begun_s = self._looked_s = _now_s()
            await self._link.open()

    async def closed(self) -> None:
        """Let go of the wire with the last device that closes."""
        self._open -= 1
        if self._open <= 0:
            self._stop_timer()
            await self._link.close()

    @asynccontextmanager
    async def turn(self, seat: Seat, urgency: Urgency) -> AsyncIterator[HeldTurn]:
        """Wait for a turn on the wire and hold it.

        Raises:
            LinkDown: the device is not asked now; it has not answered and its pause is not over.
        """
        self._refuse(seat, urgency)
        await self._given(seat, urgency)
        held = HeldTurn(self._link, seat)
        began_s, was_in_doubt = _now_s(), seat.breaker.failures > 0
        try:
            self._refuse(seat, urgency)  # what was asked while this one waited may have failed
            yield held
        finally:
            self._ended(seat, held, began_s)
            if was_in_doubt and not seat.breaker.failures and not self._has_healthy(seat):
                self._allowance = Allowance(at_s=_now_s())  # the wire is back: what was spent is forgotten

    def _refuse(self, seat: Seat, urgency: Urgency) -> None:
        """Turn a request away that the line has no time for: nothing leaves.

        Raises:
            LinkDown: always where it is turned away.
        """
        now_s = _now_s()
        seat.demanded_s = now_s
        if not seat.breaker.failures:
            return
        if not self._may_fail(seat, urgency, now_s):
            raise LinkDown(f"{seat.device} does not answer, and other devices need the line {self.name}")
        if urgency is Urgency.WRITE:  # what must be written is tried as soon as others can bear it
            return
        if seat.breaker.stage(now_s) is Stage.OPEN:
            left_s = seat.breaker.retry_s - now_s
            raise LinkDown(f"{seat.device} does not answer; it is asked again in {left_s:.1f} s")
        if seat.breaker.is_lost and not self._is_next_probe(seat, now_s):
            raise LinkDown(f"{seat.device} does not answer; others that do not are asked before it")

    def _may_fail(self, seat: Seat, urgency: Urgency, now_s: float) -> bool:
        """Tell whether the line can bear another time-out; where nobody answers, nobody suffers from it."""
        is_lost = seat.breaker.is_lost and urgency is not Urgency.WRITE
        return self._allowance.allows(now_s, is_lost=is_lost) or not self._has_healthy(seat)

    def _has_healthy(self, seat: Seat) -> bool:
        return any(not other.breaker.failures for other in self.seats if other is not seat)

    def _is_next_probe(self, seat: Seat, now_s: float) -> bool:
        """Tell whether no other lost device has waited longer to be asked."""
        return not any(
            other.tried_s < seat.tried_s
            and other.breaker.is_lost
            and other.breaker.stage(now_s) is Stage.HALF_OPEN
            and now_s - other.demanded_s <= DEMANDS * other.wanted_s * other.stretch
            for other in self.seats
            if other is not seat
        )

    async def _given(self, seat: Seat, urgency: Urgency) -> None:
        """Wait until it is this request's turn; from then on the wire is busy with it."""
        loop = asyncio.get_running_loop()
        self._asked += 1
        number, given = self._asked, loop.create_future()
        if seat.breaker.is_lost and urgency is not Urgency.WRITE:
            urgency = Urgency.PROBE
        elif seat.is_slow and urgency is not Urgency.WRITE:
            urgency = Urgency.SLOW
        courteous_s = loop.time() + (COURTESY_S if urgency >= Urgency.SLOW else 0.0)
        self._waiting[number] = urgency, courteous_s, seat, given
        self._next()
        try:
            await given
        except asyncio.CancelledError:
            if self._waiting.pop(number, None) is None:  # it had its turn already and does not use it
                self._busy = False
            self._next()
            raise

    def _next(self) -> None:
        """Give the next turn, or look again when somebody may go."""
        self._stop_timer()
        if self._busy:
            return
        loop = asyncio.get_running_loop()
        now_s = loop.time()
        queue = [
            Waiting(number=number, urgency=urgency, due_s=seat.due_s, ready_s=max(from_s, seat.ready_s))
            for number, (urgency, from_s, seat, _) in self._waiting.items()
        ]
        chosen = next_turn(queue, now_s=now_s, free_s=self._free_s, passed_over=self._passed_over)
        if isinstance(chosen, Later):
            self._timer = loop.call_at(chosen.at_s, self._next)
        elif chosen is not None:
            self._passed_over = self._passed_over + 1 if is_passed_over(queue, chosen, now_s=now_s) else 0
            self._busy = True
            self._waiting.pop(chosen.number)[-1].set_result(None)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ended(self, seat: Seat, held: HeldTurn, began_s: float) -> None:
        """Let go of the wire, and account for what it was held."""
        self._busy = False
        if not held.requests:
            self._next()
            return
        now_s = _now_s()
        silence = held.silence()
        self._free_s = max(now_s + self._gap_s, silence.line_s)
        seat.ready_s = max(now_s + seat.gap_s, silence.seat_s)
        self._busy_s += self._free_s - began_s
        self._requests += held.requests
        if held.failed_s:
            failed_s = held.failed_s + max(0.0, silence.line_s - now_s)  # silent because of it
            self._failing_s += failed_s
            if self._has_healthy(seat):
                self._allowance = self._allowance.spent(failed_s, now_s)
        if now_s - self._looked_s >= LOOK_S:
            self._look(now_s)
        self._next()

    def _look(self, now_s: float) -> None:
        """See who takes how much of the line, and set everybody's cadence."""
        self._busy_share = self._busy_lately(now_s)
        self._busy_before_s, self._looked_s = self._busy_s, now_s
        loads = [seat.load(self._gap_s) for seat in self.seats]
        for seat, is_slow in zip(self.seats, slow(loads), strict=True):
            seat.is_slow = is_slow
        for seat, stretch in zip(self.seats, settled([s.stretch for s in self.seats], loads), strict=True):
            if (stretch > 1) is not (seat.stretch > 1):
                say = log.warning if stretch > 1 else log.info
                event = "device read less often" if stretch > 1 else "device read as often as wanted"
                say(event, device=seat.device, line=self.name, every_s=stretch * seat.wanted_s)
            seat.stretch = stretch

    def _busy_lately(self, now_s: float) -> float:
        """Return the share of the time since the last look in which it was in use, or of that before it."""
        since_s = now_s - self._looked_s
        return (self._busy_s - self._busy_before_s) / since_s if since_s >= LOOK_S else self._busy_share

    def state(self) -> LineState:
        """Return the line as it stands."""
        now_s = _now_s()
        lived_s = now_s - self._begun_s
        return LineState(
            line=self.name,
            devices=len(self.seats),
            waiting=len(self._waiting),
            requests=self._requests,
            busy_percent=100.0 * min(1.0, self._busy_lately(now_s)),
            failing_percent=100.0 * self._failing_s / lived_s if lived_s > CREDIT_S else 0.0,
            gap_ms=1e3 * self._gap_s,
        )


def _now_s() -> float:
    """Return the time of the running loop, real seconds; 0.0 where none runs yet."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0
