"""The tally: what ticks decided, counted from the start of the gateway, and how late ticks began."""

from __future__ import annotations

from collections import Counter, deque
from typing import Final

from kernel.alarm import OCCURS, Alarm
from kernel.pipe.tick import Inputs, Outputs
from kernel.point import NANOSECONDS
from kernel.schedule.statistics import Durations

KEPT: Final = 8_192
"""Ticks that the percentiles of lateness are taken over: the newest."""


class Tally:
    """Counts; it is fed with every tick."""

    def __init__(self, base_tick_s: float) -> None:
        """Begin with nothing counted.

        Args:
            base_tick_s: of the site, operational seconds: a tick is late by what it comes after its multiple.
        """
        self._base_ns = round(base_tick_s * NANOSECONDS)
        self._before = -1
        self.late = Durations(deadline_ns=self._base_ns, kept=KEPT)
        """In operational time."""
        self.skipped = 0
        """Multiples of the base tick that went by without a tick."""
        self.commands: Counter[str] = Counter()
        """By authority."""
        self.ended: Counter[str] = Counter()
        """Commands by outcome."""
        self.refused: Counter[str] = Counter()
        """Decisions that were not permitted, by kind."""
        self.expectations = Counter({"as_expected": 0, "wrong": 0})
        """Expectations of agents that were due, by whether what was seen was as expected."""
        self.alarms: Counter[int] = Counter()
        """Alarms that occurred, by priority."""
        self._occurred: deque[int] = deque(maxlen=KEPT)
        """When they did, nanoseconds; a flood of more than that in an hour is one whatever its number."""
        self.gate_failures = self.journal_failures = 0
        """How often each went away."""

    def heard(self, inputs: Inputs, outputs: Outputs) -> None:
        """Take note of a tick."""
        multiple, late_ns = divmod(inputs.now_ns, self._base_ns)
        if multiple != self._before:  # a second tick on the same multiple began when it began
            self.late.add(late_ns)
            self.skipped += max(0, multiple - self._before - 1) if self._before >= 0 else 0
            self._before = multiple
        for command in outputs.commands:
            self.commands[command.authority] += 1
        for receipt in outputs.receipts:
            self.ended[receipt.outcome.value] += 1
        for refused in outputs.refused:
            self.refused[refused.kind] += 1
        for seen in outputs.hindsights:
            self.expectations["as_expected" if seen.came_true else "wrong"] += 1
        for document in outputs.published:
            if isinstance(document, Alarm) and document.event == OCCURS and not document.is_canary:
                self.alarms[document.priority] += 1
                self._occurred.append(inputs.now_ns)
        self.gate_failures += bool(outputs.gate_failure)
        self.journal_failures += bool(outputs.journal_failure)

    def alarms_within(self, now_ns: int, span_ns: int) -> int:
        """Return how many alarms have occurred within a time before now."""
        return sum(now_ns - at_ns < span_ns for at_ns in self._occurred)
