"""How long each loop stood on which rung of its ladder, whoever tells of its steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from aios.studies.result import Happening
from simulators.durations import HOUR_NS
from simulators.indicators.table import DWELL

TOP: str = "model"
"""The rung on which every loop begins."""


class Rungs:
    """Counts the time of every loop on every rung.

    >>> rungs = Rungs(["shaver"], start_ns=0)
    >>> rungs.stands("shaver", "baseline", "the forecast is late", HOUR_NS)
    >>> rungs.values(3 * HOUR_NS)["degraded_h"]
    2.0
    >>> [one.words for one in rungs.changes]
    ['model -> baseline: the forecast is late']
    """

    def __init__(self, loops: Iterable[str], *, start_ns: int) -> None:
        """Let every loop begin on the model."""
        self._start_ns = start_ns
        self._now = dict.fromkeys(loops, (TOP, start_ns))
        self._dwell: Counter[tuple[str, str]] = Counter()
        self._changes: list[Happening] = []

    def stands(self, loop: str, rung: str, why: str, now_ns: int) -> None:
        """Take note that a loop stands on a rung; nothing changes where it stood there already."""
        before, since_ns = self._now.get(loop, (TOP, self._start_ns))
        if rung == before:
            return
        self._dwell[loop, before] += now_ns - since_ns
        self._now[loop] = (rung, now_ns)
        words = f"{before} -> {rung}: {why}" if why else f"{before} -> {rung}"
        self._changes.append(Happening(at_ns=now_ns, kind="rung", subject=loop, words=words))

    @property
    def changes(self) -> tuple[Happening, ...]:
        """Every change of a rung, in order."""
        return tuple(self._changes)

    def values(self, end_ns: int) -> dict[str, float]:
        """Return the dwell time by loop and rung until a moment, and all below the model, h."""
        dwell = Counter(self._dwell)
        for loop, (rung, since_ns) in self._now.items():
            dwell[loop, rung] += end_ns - since_ns
        below = sum(span for (_, rung), span in dwell.items() if rung != TOP)
        told = {f"{DWELL}{loop}/{rung}": span / HOUR_NS for (loop, rung), span in sorted(dwell.items())}
        return {"degraded_h": below / HOUR_NS, **told}
