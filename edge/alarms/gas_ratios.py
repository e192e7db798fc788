"""What the gases in oil say of the fault that made them, by three ratios.

| class | C2H2/C2H4 (R2) | CH4/H2 (R1) | C2H4/C2H6 (R5) |
|---|---|---|---|
| PD, partial discharges | | < 0.1 | < 0.2 |
| D1, discharges of low energy | > 1 | 0.1 to 0.5 | > 1 |
| D2, discharges of high energy | 0.6 to 2.5 | 0.1 to 1 | > 2 |
| T1, thermal fault below 300 degC | | > 1 | < 1 |
| T2, 300 to 700 degC | < 0.1 | > 1 | 1 to 4 |
| T3, above 700 degC | < 0.2 | > 1 | > 4 |

Two classes may hold at once (D1 and D2 meet), and often none does: that is an answer, not a failure. Ratios
mean something only where a gas is above its typical value or rises beyond doubt; who asks has seen to that.

Source: IEC 60599, table 1 (the paid text was not read).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

RATIO_GASES: Final = ("hydrogen", "methane", "ethane", "ethylene", "acetylene")
"""Gases without which no ratio can be formed."""


class GasClass(StrEnum):
    """Classes of faults by the names of IEC 60599."""

    PD = "PD"
    D1 = "D1"
    D2 = "D2"
    T1 = "T1"
    T2 = "T2"
    T3 = "T3"

    @property
    def says(self) -> str:
        """What it is, in words."""
        return _WORDS[self]


_WORDS: Final[Mapping[GasClass, str]] = {
    GasClass.PD: "partial discharges",
    GasClass.D1: "discharges of low energy",
    GasClass.D2: "discharges of high energy",
    GasClass.T1: "a thermal fault below 300 degC",
    GasClass.T2: "a thermal fault of 300 to 700 degC",
    GasClass.T3: "a thermal fault above 700 degC",
}


def classes(ppm: Mapping[str, float]) -> tuple[GasClass, ...]:
    """Return the classes whose row holds; none is no diagnosis.

    Args:
        ppm: amounts, or what has been added to them, of all `RATIO_GASES`; below 0 counts as 0.

    Raises:
        KeyError: one of the gases is missing.

    >>> classes({"hydrogen": 100.0, "methane": 6.0, "ethane": 2.0, "ethylene": 0.05, "acetylene": 0.0})
    (<GasClass.PD: 'PD'>,)
    >>> classes({"hydrogen": 20.0, "methane": 15.0, "ethane": 15.0, "ethylene": 10.0, "acetylene": 0.2})
    ()
    """
    amounts = {gas: max(0.0, ppm[gas]) for gas in RATIO_GASES}
    r1 = _ratio(amounts["methane"], amounts["hydrogen"])
    r2 = _ratio(amounts["acetylene"], amounts["ethylene"])
    r5 = _ratio(amounts["ethylene"], amounts["ethane"])
    holds = {
        GasClass.PD: amounts["hydrogen"] > 0.0 and r1 < 0.1 and r5 < 0.2,
        GasClass.D1: r2 > 1.0 and 0.1 <= r1 <= 0.5 and r5 > 1.0,
        GasClass.D2: 0.6 <= r2 <= 2.5 and 0.1 <= r1 <= 1.0 and r5 > 2.0,
        GasClass.T1: r1 > 1.0 and r5 < 1.0,
        GasClass.T2: r2 < 0.1 and r1 > 1.0 and 1.0 <= r5 <= 4.0,
        GasClass.T3: r2 < 0.2 and r1 > 1.0 and r5 > 4.0,
    }
    return tuple(name for name, so in holds.items() if so)


def told(ppm: Mapping[str, float]) -> str:
    """Say what the ratios of some amounts point to.

    >>> told({"hydrogen": 1.0})
    'not all gases are measured that IEC 60599 needs for a diagnosis'
    """
    if any(gas not in ppm for gas in RATIO_GASES):
        return "not all gases are measured that IEC 60599 needs for a diagnosis"
    found = classes(ppm)
    if not found:
        return "the ratios of IEC 60599 give no diagnosis"
    return f"the ratios of IEC 60599 say {' or '.join(f'{one.says} ({one})' for one in found)}"


def _ratio(upper: float, lower: float) -> float:
    """Return a ratio; nothing over nothing is no sign of the upper gas."""
    if lower > 0.0:
        return upper / lower
    return math.inf if upper > 0.0 else 0.0
