"""A power limit of the simulated SunSpec inverter, with its reversion timer.

Source: SunSpec models 123 (Immediate Controls) and 704 (DER AC Controls), points WMaxLimPct and around it.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.modbus.bank import IllegalValue
from kernel.point import NANOSECONDS
from simulators.devices.sunspec_models import ModelRegisters


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitNames:
    """What the points of a limit are called in one model."""

    model: int
    percent: str
    enabled: str
    timer_s: str
    reverts_to: str = ""
    """Empty where the model has no value to fall back to: it then falls back to no limit."""
    reverts_enabled: str = ""
    remaining_s: str = ""


LIMIT_123 = LimitNames(model=123, percent="WMaxLimPct", enabled="WMaxLim_Ena", timer_s="WMaxLimPct_RvrtTms")
LIMIT_704 = LimitNames(
    model=704,
    percent="WMaxLimPct",
    enabled="WMaxLimPctEna",
    timer_s="WMaxLimPctRvrtTms",
    reverts_to="WMaxLimPctRvrt",
    reverts_enabled="WMaxLimPctEnaRvrt",
    remaining_s="WMaxLimPctRvrtRem",
)
FULL_PERCENT = 100.0


class Limit:
    """One limit: enabled or not, and when it ends by itself."""

    def __init__(self, names: LimitNames, registers: ModelRegisters) -> None:
        self._names = names
        self._registers = registers
        self.reverts_at_ns: int | None = None
        """When it falls back by itself, operational nanoseconds since 1970 UTC."""

    @property
    def percent(self) -> float:
        """What it lets through now, % of the setting WMax."""
        if not self._raw(self._names.enabled):
            return FULL_PERCENT
        return self._raw(self._names.percent) / 10.0

    def check(self) -> None:
        """Look at what was written.

        Raises:
            IllegalValue: a limit above 100 %, or a switch that is neither on nor off.
        """
        names = self._names
        for name in filter(None, (names.percent, names.reverts_to)):
            if self._raw(name) > 10 * FULL_PERCENT:
                raise IllegalValue(f"{name} {self._raw(name) / 10.0} % is above 100 %")
        for name in filter(None, (names.enabled, names.reverts_enabled)):
            if self._raw(name) not in {0, 1}:
                raise IllegalValue(f"{name} {self._raw(name)} is neither 0 nor 1")

    def written(self, now_ns: int) -> None:
        """Wind the timer: every write to the limit does, where it is enabled and has a time."""
        seconds = self._raw(self._names.timer_s)
        wound = self._raw(self._names.enabled) and seconds
        self.reverts_at_ns = now_ns + seconds * NANOSECONDS if wound else None

    def revert(self) -> None:
        """Fall back: to the reversion value where the model has one, else to no limit."""
        names = self._names
        if names.reverts_to:
            self._registers.put(names.model, names.percent, self._raw(names.reverts_to))
            self._registers.put(names.model, names.enabled, self._raw(names.reverts_enabled))
        else:
            self._registers.put(names.model, names.enabled, 0)
        self.reverts_at_ns = None

    def show(self, now_ns: int) -> None:
        """Show the time that is left, whole seconds."""
        if self._names.remaining_s:
            left_ns = 0 if self.reverts_at_ns is None else max(0, self.reverts_at_ns - now_ns)
            self._registers.put(self._names.model, self._names.remaining_s, -(-left_ns // NANOSECONDS))

    def _raw(self, name: str) -> int:
        return self._registers.raw(self._names.model, name)
