"""Faults held against what the gateway said: which were found after how long, and which nobody saw.

Found is a fault when the answer of its row in the catalogue came while it stood, about what it befell. Some
kinds have other answers that say the same: a site that declares no limits for a meter has the balance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from aios.studies.orders import blames
from aios.studies.places import ALARM, ORDER, QUALITY, RECEIPT, STATE, Places, Stood
from kernel.alarm import Alarm
from kernel.site import Site
from simulators.durations import DAY_NS
from simulators.faults.catalogue import row_of
from simulators.faults.couplings import WEATHER
from simulators.faults.kinds import MEASURED, FaultKind

MOST: Final = 500
"""Times that one point is taken down with the same words: one that flickers all month says nothing new."""
_SHARED: Final = frozenset({QUALITY, STATE, RECEIPT})
"""What answers every fault of its point; an order or an alarm answers one."""
_AIR: Final = "ambient_temperature"
_BESIDE: Final[Mapping[FaultKind, frozenset[str]]] = {
    **dict.fromkeys((*MEASURED, FaultKind.WORD_SWAP), frozenset({"busbar_balance", "noise"})),
    FaultKind.TAP_RUNAWAY: frozenset({"voltage_limit", "voltage_band"}),
    FaultKind.SETPOINT_IGNORED: frozenset({"setpoint_not_followed"}),
}
"""Alarms that answer a kind beside its row."""


class Said(NamedTuple):
    """Something that the gateway said."""

    how: str
    words: str
    """Cause of an order, condition of an alarm, quality, code of a state, or outcome."""
    about: frozenset[str]
    """Assets, or points."""
    named: str
    """The asset that is named first."""
    at_ns: int


class Answers:
    """Judges what the gateway of one run said."""

    def __init__(self, site: Site, *, start_ns: int) -> None:
        self._places = Places(site)
        self._start_ns = start_ns
        self._said: list[Said] = []
        self._times: dict[tuple[str, str, str], int] = {}

    def order(self, asset: str, cause: str, at_ns: int) -> None:
        """Take note of an order that rises, or finds another cause."""
        self._said.append(Said(ORDER, cause, frozenset({asset}), asset, at_ns))

    def alarm(self, alarm: Alarm) -> None:
        """Take note of an alarm that has come."""
        points = {f"{found.asset}/{found.name}" for found in alarm.evidence} | {alarm.point} - {""}
        about = {alarm.asset, *points, *(point.partition("/")[0] for point in points)}
        named = alarm.point.partition("/")[0] or alarm.asset
        self._said.append(Said(ALARM, alarm.condition, frozenset(about), named, alarm.at_ns))

    def point(self, how: str, name: str, words: str, at_ns: int) -> None:
        """Take note of a quality, a state or an outcome at a point."""
        times = self._times[how, name, words] = self._times.get((how, name, words), 0) + 1
        if times <= MOST:
            self._said.append(Said(how, words, frozenset({name}), name.partition("/")[0], at_ns))

    def values(self, end_ns: int, faults: Sequence[Stood]) -> dict[str, float]:
        """Return how many faults were not found, and after how many days the others were.

        Args:
            end_ns: of the run; a fault that would come later is not missed.
            faults: that truly were, or will be, with their true ends.
        """
        should = [one for one in faults if one.onset_ns < end_ns and self._shows(one)]
        days = self._found_days(should)
        return {
            "missed_faults": float(len(should) - len(days)),
            "detection_days": sum(days) / len(days) if days else float("nan"),
        }

    def _shows(self, fault: Stood) -> bool:
        """Whether a fault could be seen: one that shows in commands needs one."""
        if row_of(fault.kind).seen_in != RECEIPT:
            return True
        points = self._points(fault)
        return any(
            _while(fault, one.at_ns) and one.how == RECEIPT and one.about & points for one in self._said
        )

    def _found_days(self, faults: Sequence[Stood]) -> list[float]:
        """Return after how many days each fault that was found was."""
        waiting, days = [(one, self._points(one)) for one in faults], list[float]()
        for said in sorted(self._said, key=lambda one: one.at_ns):
            if not waiting:
                break
            here = [one for one in waiting if self._answers(*one, said)]
            if here and said.how not in _SHARED:
                here = [min(here, key=lambda one: self._farness(one[0], said))]
            for one in here:
                waiting.remove(one)
                days.append((said.at_ns - max(one[0].onset_ns, self._start_ns)) / DAY_NS)
        return days

    def _answers(self, fault: Stood, points: frozenset[str], said: Said) -> bool:
        """Whether something may be the answer to a fault: said while it stood, of it, in the right words."""
        if not _while(fault, said.at_ns):
            return False
        row = row_of(fault.kind)
        if said.how == ORDER:
            return self._places.asset(fault.target) in said.about and blames(fault.kind, said.words)
        if said.how == ALARM:
            conditions = {row.seen_as} if row.seen_in == ALARM else set[str]()
            return said.words in conditions | _BESIDE.get(fault.kind, frozenset()) and self._is_of(
                fault, said
            )
        if not said.about & points:
            return False
        if said.how == QUALITY:
            return fault.kind in MEASURED or (row.seen_in == QUALITY and row.seen_as in said.words)
        return (said.how, said.words) == (row.seen_in, row.seen_as)

    def _is_of(self, fault: Stood, said: Said) -> bool:
        """Whether an alarm is about what a fault befell; what the site has no name for is anywhere."""
        if fault.target == WEATHER:
            return any(name.endswith(f"/{_AIR}") for name in said.about)
        asset = self._places.asset(fault.target)
        return not asset or asset in said.about

    def _farness(self, fault: Stood, said: Said) -> tuple[bool, bool, int]:
        """Return how far something is from naming a fault: by its words, by its place, by its time."""
        elsewhere = self._places.asset(fault.target) != said.named
        return row_of(fault.kind).seen_as not in said.words, elsewhere, fault.onset_ns

    def _points(self, fault: Stood) -> frozenset[str]:
        return self._places.points(fault.kind, fault.target)


def _while(fault: Stood, at_ns: int) -> bool:
    return fault.onset_ns <= at_ns and (fault.end_ns is None or at_ns < fault.end_ns)
