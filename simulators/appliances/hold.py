"""What holds appliances back at a moment: the limit of their device, and demand-response events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

import msgspec

from kernel.point import NANOSECONDS
from simulators.devices.bank import WorldSide

_NO_LIMIT: Final = 2.0
"""A limit of so many times the rated power holds nobody: heat pumps draw 1.6 times theirs in hard frost."""
EventKind = Literal["limit_kw", "limit_share", "setback_k", "interrupt"]
LIMIT: Final = "active_power_limit"
"""Quantity by which a device limits what it stands before, kW."""


class DemandResponseEvent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An event of a scenario that holds appliances back, as an aggregator's signal would.

    Raises:
        ValueError: it ends before it begins, or its amount or notice is below 0.
    """

    name: str
    targets: tuple[str, ...]
    """Names of appliances."""
    begin: datetime
    end: datetime
    kind: EventKind
    amount: float = 0.0
    """kW for the whole fleet, share of its rated power (0 to 1), K by which heating is set back; an
    interruption has none."""
    notice_s: float = 0.0
    """How long before its begin it is announced."""

    def __post_init__(self) -> None:
        if self.end <= self.begin or self.amount < 0.0 or self.notice_s < 0.0:
            raise ValueError(
                f"event {self.name}: {self.kind} {self.amount} from {self.begin} to {self.end}, "
                f"notice {self.notice_s} s"
            )

    @property
    def begin_ns(self) -> int:
        """First moment, nanoseconds since 1970 UTC."""
        return round(self.begin.timestamp()) * NANOSECONDS

    @property
    def end_ns(self) -> int:
        """First moment after it."""
        return round(self.end.timestamp()) * NANOSECONDS

    @property
    def announced_ns(self) -> int:
        """When it was announced."""
        return self.begin_ns - round(self.notice_s * NANOSECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What holds one fleet back now."""

    limit_kw: float = float("inf")
    """The fleet takes, or gives, no more than this."""
    setback_k: float = 0.0
    """By this much heating is set back."""
    interrupted_ns: int | None = None
    """When the interruption that is in force was announced; None where nobody interrupts."""


FREE: Final = Hold()
"""Nothing holds it back."""


class Control:
    """Whatever may hold one fleet back, and what did when it was asked last."""

    def __init__(
        self, events: Sequence[DemandResponseEvent], rated_kw: float, bank: WorldSide | None
    ) -> None:
        self._events = tuple(events)
        self._rated_kw = rated_kw
        self._bank = bank
        self.last = FREE
        """What it answered last: it stood since then."""
        self._limited_ns: int | None = None

    def at(self, now_ns: int) -> Hold:
        """Return what holds the fleet back at a moment; times do not fall."""
        limit_kw, setback_k, interrupted_ns = self._device_kw(now_ns), 0.0, None
        if limit_kw <= 0.0:
            interrupted_ns = self._limited_ns
        for event in self._events:
            if not event.begin_ns <= now_ns < event.end_ns:
                continue
            if event.kind == "limit_kw":
                limit_kw = min(limit_kw, event.amount)
            elif event.kind == "limit_share":
                limit_kw = min(limit_kw, event.amount * self._rated_kw)
            elif event.kind == "setback_k":
                setback_k = max(setback_k, event.amount)
            else:
                interrupted_ns = min(event.announced_ns, interrupted_ns or event.announced_ns)
        self.last = Hold(limit_kw=limit_kw, setback_k=setback_k, interrupted_ns=interrupted_ns)
        return self.last

    def wakes_ns(self, now_ns: int) -> int | None:
        """Return when the next event begins or ends; None where none does."""
        moments = [moment for event in self._events for moment in (event.begin_ns, event.end_ns)]
        return min((moment for moment in moments if moment > now_ns), default=None)

    def _device_kw(self, now_ns: int) -> float:
        if self._bank is None:
            return float("inf")
        limit_kw = self._bank.actuation(now_ns).get(LIMIT, float("inf"))
        if limit_kw >= _NO_LIMIT * self._rated_kw:
            limit_kw = float("inf")
        if limit_kw > 0.0:
            self._limited_ns = None
        elif self._limited_ns is None:
            self._limited_ns = now_ns
        return limit_kw
