"""Asking a device: the requests that are due at a poll, one after the other, and what was learned of them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from drivers.modbus.direct import DirectLink
from drivers.modbus.entry import Entry, Table
from drivers.modbus.link import FAILURES, DeviceException, Link
from drivers.modbus.profile import Profile
from drivers.modbus.raw_numbers import Answer
from drivers.modbus.read_plan import ReadPlan, ReadRequest
from drivers.modbus.rota import Rota, fast, periods_s
from drivers.modbus.seat import Seat
from drivers.modbus.wanted import shares
from kernel.measurement import Times
from kernel.ports import Clock


class Asking:
    """Sends the requests of one device. What is not asked this time keeps its answer and its time."""

    def __init__(
        self, plan: ReadPlan, entries: Sequence[Entry], *, link: Link, unit: int, clock: Clock
    ) -> None:
        """Ask by a plan.

        Args:
            plan: of the reads.
            entries: that the plan was made for.
            link: to the device, or its seat on a line.
            unit: of the device.
            clock: operational time.
        """
        self.seat = link if isinstance(link, Seat) else None
        """The link where the device shares its wire."""
        self.profile = Profile() if self.seat is None else self.seat.profile
        self._plan = plan
        self._link = link
        self._unit = unit
        self._clock = clock
        self.direct = link if isinstance(link, DirectLink) else None
        """The link where it has no wire."""
        self._rota = Rota.of(plan, entries)
        """When each request is due; None where all are at every poll."""
        self._answers: list[Answer] = [None] * len(plan.requests)
        self._asked_ns = [0] * len(plan.requests)
        self._every = range(len(plan.requests))
        if self.seat is not None:
            reading_s = self.seat.wanted_s * (clock.factor or 1.0)
            self.seat.requests_a_reading = sum(shares(periods_s(plan, entries), reading_s))
            urgent = zip(plan.requests, fast(plan, entries), strict=True)
            self.seat.fast = frozenset((one.table, one.address) for one, is_fast in urgent if is_fast)

    @property
    def every_s(self) -> float:
        """Operational seconds between two readings that it makes sense to want; 0.0 for every scan."""
        return 0.0 if self._rota is None else self._rota.every_s

    async def read_to_write(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Read what a write needs: on a shared wire as urgently as the write itself."""
        read = self._link.read if self.seat is None else self.seat.read_to_write
        return await read(unit, table, address, count)

    async def ask(self, asked_ns: int) -> tuple[Sequence[Answer], str]:
        """Send what is due; a dead link ends it early, and what was answered before is then no answer.

        Returns:
            One answer a request, and the last failure in words.
        """
        answers, unit, failure = self._answers, self._unit, ""
        for place in (due := self._due(asked_ns)):
            request, answers[place] = self._plan.requests[place], None
            began_s = time.perf_counter()
            try:
                answers[place] = await self._link.read(unit, request.table, request.address, request.count)
            except DeviceException as refusal:  # the others may still be answered
                failure = self._refused(request, refusal)
            except FAILURES as lost:
                failure = self._lost(lost, due[: due.index(place)])
                break
            else:
                if self.seat is None:
                    self.profile.answered(time.perf_counter() - began_s)
                if self._rota is not None or self.seat is not None:
                    self._note(place, asked_ns)
        return answers, failure

    def ask_at_once(self, direct: DirectLink, asked_ns: int) -> tuple[Sequence[Answer], str]:
        """Do what `ask` does where there is no wire: nothing is waited for, and no time is to be learned."""
        answers, unit, failure, answered = self._answers, self._unit, "", 0
        for place in (due := self._due(asked_ns)):
            request, answers[place] = self._plan.requests[place], None
            try:
                answers[place] = direct.read_now(unit, request.table, request.address, request.count)
            except DeviceException as refusal:
                failure = self._refused(request, refusal)
            except FAILURES as lost:
                failure = self._lost(lost, due[: due.index(place)])
                break
            else:
                answered += 1
                if self._rota is not None:
                    self._note(place, asked_ns)
        if answered:
            self.profile.answered_at_once(answered)
        return answers, failure

    def _due(self, asked_ns: int) -> Sequence[int]:
        """Return the places of the requests that are due."""
        return self._every if self._rota is None else self._rota.due(asked_ns)

    def times(self, asked_ns: int) -> int | Times:
        """Return when what each row shows was asked for, nanoseconds: now, or when it was asked last."""
        if self._rota is None and self.seat is None:
            return asked_ns
        every = np.array([*self._asked_ns, 0], dtype=np.int64)
        return every[self._plan.request_of[: len(self._plan.scale)]]

    def _refused(self, request: ReadRequest, refusal: DeviceException) -> str:
        """Learn of a request that the device refused; return it in words."""
        self._failed(refusal)
        return f"{request.table} {request.address}: {refusal}"

    def _lost(self, lost: Exception, asked: Sequence[int]) -> str:
        """Learn that the device went away after these requests; return it in words."""
        self._failed(lost)
        self._forget(asked)
        return str(lost)

    def _failed(self, failure: Exception) -> None:
        """Learn of a failure; a seat learns by itself, without the queue."""
        if self.seat is None:
            self.profile.failed(failure)

    def _note(self, place: int, asked_ns: int) -> None:
        """Note when an answer was asked for: waiting for a turn makes it no older."""
        self._asked_ns[place] = asked_ns if self.seat is None else self.seat.left_ns(self._clock)
        if self._rota is not None:
            self._rota.answered(place, asked_ns)

    def _forget(self, but: Sequence[int]) -> None:
        """Let go of what a device said before it went away, but for what it has just said."""
        self._answers[:] = [answer if n in but else None for n, answer in enumerate(self._answers)]
        if self._rota is not None:
            self._rota.forget()
