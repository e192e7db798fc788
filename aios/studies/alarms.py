"""The alarms of a run: when each stood, how often every condition came, how many came an hour."""

from __future__ import annotations

from collections import Counter

from aios.studies.result import AlarmCount, Happening
from aios.studies.stretches import Stretches
from kernel.alarm import Alarm
from simulators.durations import HOUR_NS


class Alarms:
    """Hears the transitions of alarms; one stands from when its condition occurs until it returns."""

    def __init__(self, *, start_ns: int) -> None:
        """Begin with none.

        Args:
            start_ns: begin of the run, from which rates are reckoned.
        """
        self._start_ns = start_ns
        self._stretches = Stretches()
        self._open: dict[str, tuple[str, int]] = {}
        """By id the condition, and since when it stands."""
        self._times: Counter[str] = Counter()
        self._stood_ns: Counter[str] = Counter()

    def hear(self, alarm: Alarm) -> bool:
        """Take note of an alarm after a transition; return whether it has just come.

        Acknowledging, shelving and going blind neither end it nor begin it anew: its words do not change
        with its figures.
        """
        if not alarm.active:
            self.over(alarm.id, alarm.at_ns)
            return False
        if alarm.id in self._open:
            return False
        self._open[alarm.id] = (alarm.condition, alarm.at_ns)
        self._times[alarm.condition] += 1
        words = f"{alarm.condition}, priority {alarm.priority}"
        said = (alarm.text, alarm.response)
        return self._stretches.stands("alarm", alarm.id, words, alarm.at_ns, said, priority=alarm.priority)

    def over(self, name: str, now_ns: int) -> None:
        """Take note that the condition of an alarm is over; nothing changes where it did not stand."""
        if name in self._open:
            condition, since_ns = self._open.pop(name)
            self._stood_ns[condition] += now_ns - since_ns
            self._stretches.stands("alarm", name, "", now_ns)

    @property
    def standing(self) -> frozenset[str]:
        """The ids of those that stand."""
        return frozenset(self._open)

    def values(self, end_ns: int) -> dict[str, float]:
        """Return the KPIs of alarms until a moment."""
        counts = self.counts(end_ns).values()
        hours = (end_ns - self._start_ns) / HOUR_NS
        came = sum(one.times for one in counts)
        return {
            "alarms": float(came),
            "alarms_per_h": came / hours if hours > 0.0 else float("nan"),
            "alarm_h": sum(one.stood_h for one in counts),
        }

    def counts(self, end_ns: int) -> dict[str, AlarmCount]:
        """Return by condition how often it came, and how long it stood until a moment."""
        stood_ns = Counter(self._stood_ns)
        for condition, since_ns in self._open.values():
            stood_ns[condition] += max(0, end_ns - since_ns)
        return {
            condition: AlarmCount(times=times, stood_h=stood_ns[condition] / HOUR_NS)
            for condition, times in sorted(self._times.items())
        }

    def happenings(self) -> tuple[Happening, ...]:
        """Return when each alarm stood."""
        return self._stretches.happenings()
