"""The weekly rule of EN 50160: which share of each bus's means lay inside the band, week by week."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulators.durations import HOUR_NS
from simulators.indicators.carry import Spans, time_in
from simulators.physics.flows import Values

WEEK_NS: Final = 7 * 24 * HOUR_NS
_LOW_VOLTAGE_KV: Final = 1.0


class Weeks:
    """Counts the weeks of buses that break the rule; weeks are counted from Thursday, 1 January 1970 UTC."""

    def __init__(self, rated_kv: Values) -> None:
        """Take the (N,) rated voltages, which say which rule holds."""
        is_low = rated_kv <= _LOW_VOLTAGE_KV
        self._permitted = np.where(is_low, 0.05, 0.01)
        self._floor_pu = 0.85
        self._ceiling_pu = np.where(is_low, 1.10, 1.15)
        self._week = -1
        self._out_ns = np.zeros(len(rated_kv), dtype=np.int64)
        self._seen_ns = np.zeros(len(rated_kv), dtype=np.int64)
        self._far = np.zeros(len(rated_kv), dtype=np.bool_)
        self._closed = 0
        self._phases = 1

    def widen(self, phases: int) -> None:
        """Judge this many columns for each bus from now on, standing together; the worst counts."""
        self._phases = phases
        self._permitted, self._ceiling_pu = (
            np.repeat(self._permitted, phases),
            np.repeat(self._ceiling_pu, phases),
        )
        self._out_ns, self._seen_ns = np.repeat(self._out_ns, phases), np.repeat(self._seen_ns, phases)
        self._far = np.repeat(self._far, phases)

    @property
    def broken(self) -> int:
        """Bus-weeks outside the rule, the running week as far as it was seen."""
        return self._closed + self._breaking()

    def enter(self, until_ns: NDArray[np.int64], u_pu: Values, spans: Spans) -> None:
        """Enter (T, N * P) means; one belongs to the week in which it ends."""
        weeks = (until_ns - 1) // WEEK_NS
        for week in np.unique(weeks).tolist():
            if week != self._week:
                self._closed += self._breaking()
                self._week = week
                self._out_ns[:], self._seen_ns[:], self._far[:] = 0, 0, False
            here = weeks == week
            u, span = u_pu[here], spans[here]
            self._out_ns += time_in((u < 0.90) | (u > 1.10), span)
            self._seen_ns += time_in(~np.isnan(u), span)
            self._far |= ((u < self._floor_pu) | (u > self._ceiling_pu)).any(axis=0)

    def _breaking(self) -> int:
        broken = (self._out_ns > self._permitted * self._seen_ns) | self._far
        return int(np.count_nonzero(broken.reshape(-1, self._phases).any(axis=1)))
