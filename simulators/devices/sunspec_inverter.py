"""A photovoltaic inverter that speaks SunSpec: models 1, 103, 120, 121, 123, 701, 704 and 705."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.entry import Table
from kernel.point import NANOSECONDS
from simulators.devices.bank import JOURNAL, Executed
from simulators.devices.sunspec_limit import LIMIT_123, LIMIT_704, Limit
from simulators.devices.sunspec_models import BASE, ModelRegisters, models_of

AVAILABLE: Final = "available_power"
"""Quantity of the world: what the sun would give, kW."""
VOLTAGE: Final = "voltage"
"""Quantity of the world: 0 where the bus has none, kV."""
TRIP_STATE: Final = "trip_state"
"""Quantity of the world: the share of it that its own protection keeps from the grid, 0 to 1."""
_OFF, _MPPT, _THROTTLED, _FAULT = 1, 4, 5, 7
"""Codes of St in model 103."""
_OFF_701, _RUNNING_701, _THROTTLED_701, _FAULT_701 = 0, 3, 4, 6
"""Codes of InvSt in model 701."""
_HOUR_S: Final = 3600.0
_VOLTS: Final = 230.1
_HERTZ: Final = 50.02
_EFFICIENCY: Final = 0.97
_WRITABLE: Final = {
    123: {"WMaxLimPct", "WMaxLimPct_WinTms", "WMaxLimPct_RvrtTms", "WMaxLimPct_RmpTms", "WMaxLim_Ena"},
    704: {"WMaxLimPctEna", "WMaxLimPct", "WMaxLimPctRvrt", "WMaxLimPctEnaRvrt", "WMaxLimPctRvrtTms"},
}
"""Points that take writes, by model."""


class SunSpecInverter:
    """Gives what the sun gives, below its limits; falls back by itself when nobody renews them.

    Its timers run in operational time and are evaluated when somebody looks.
    """

    def __init__(self, *, rating_kw: float, available_kw: float = 0.0, base: int = BASE) -> None:
        self._registers = ModelRegisters(models_of(rating_kw), base)
        self._rating_kw = rating_kw
        self._available_kw = available_kw
        self._limits = {names.model: Limit(names, self._registers) for names in (LIMIT_123, LIMIT_704)}
        self._energy_kwh = 1234.0
        self._joined = True
        self._tripped = 0.0
        self._now_ns: int | None = None
        self._journal: deque[Executed] = deque(maxlen=JOURNAL)

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The limits it was given, oldest first."""
        return tuple(self._journal)

    @property
    def power_kw(self) -> float:
        """Power it gives now, kW, injection positive; without voltage none, nor of what has tripped."""
        if not self._joined:
            return 0.0
        return (1.0 - self._tripped) * min(self._available_kw, self.limit_kw)

    @property
    def limit_kw(self) -> float:
        """The most that it gives under its limits, kW."""
        return self._rating_kw * min(limit.percent for limit in self._limits.values()) / 100.0

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return holding registers as they are now; it has no others."""
        first = address - self._registers.base
        if table is not Table.HOLDING or first < 0 or first + count > len(self._registers.words):
            raise IllegalAddress(table, address, count)
        self._advance(now_ns)
        self._show(now_ns)
        return self._registers.words[first : first + count]

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Take whole points of the limits, all of one model or none.

        Raises:
            IllegalAddress: something else, or a part of a number.
            IllegalValue: a limit above 100 % or a switch that is neither on nor off.
        """
        model = self._model_written(table, address, len(values))
        self._advance(now_ns)
        words, first = self._registers.words, address - self._registers.base
        before = words[first : first + len(values)]
        words[first : first + len(values)] = values
        try:
            self._limits[model].check()
        except IllegalValue:
            words[first : first + len(values)] = before
            raise
        self._limits[model].written(now_ns)
        self._journal.append(
            Executed(
                quantity=f"limit_{model}", value=self._limits[model].percent, sequence=None, at_ns=now_ns
            )
        )

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Take what the sun would give, kW, whether there is voltage, and how much of it has tripped."""
        self._advance(now_ns)
        self._joined = quantities.get(VOLTAGE, 1.0) != 0.0
        self._tripped = quantities.get(TRIP_STATE, 0.0)
        self._available_kw = quantities.get(AVAILABLE, self._available_kw)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return the power it gives to the network and the most it would give, kW, injection positive."""
        self._advance(now_ns)
        return {"active_power": self.power_kw, "active_power_limit": self.limit_kw}

    def _model_written(self, table: Table, address: int, count: int) -> int:
        place, models = address, set()
        while table is Table.HOLDING and place < address + count and place in self._registers.at:
            model, point = self._registers.at[place]
            if point.name not in _WRITABLE.get(model, ()):
                break
            models.add(model)
            place += point.count
        if place != address + count or len(models) != 1:
            raise IllegalAddress(table, address, count)
        return models.pop()

    def _advance(self, now_ns: int) -> None:
        """Bring it to `now_ns`, over the ends of the timers that lie before."""
        before_ns = now_ns if self._now_ns is None else self._now_ns
        while True:
            due = [limit for limit in self._limits.values() if limit.reverts_at_ns is not None]
            due.sort(key=lambda limit: limit.reverts_at_ns or 0)
            if not due or (due[0].reverts_at_ns or 0) > now_ns:
                break
            before_ns = self._run(before_ns, due[0].reverts_at_ns or 0)
            due[0].revert()
        self._now_ns = self._run(before_ns, now_ns)

    def _run(self, before_ns: int, now_ns: int) -> int:
        self._energy_kwh += self.power_kw * max(0, now_ns - before_ns) / NANOSECONDS / _HOUR_S
        return max(before_ns, now_ns)

    def _show(self, now_ns: int) -> None:
        watts = 1000.0 * self.power_kw
        volts, hertz = (_VOLTS, _HERTZ) if self._joined else (0.0, 0.0)
        amps = watts / (3.0 * _VOLTS)
        state, state_701 = self._states()
        gives = int(self._joined and self._tripped < 1.0)
        old = {
            "W": watts, "VA": watts, "VAr": 0.0, "PF": 100.0, "Hz": hertz, "A": 3.0 * amps,
            "WH": 1000.0 * self._energy_kwh, "DCW": watts / _EFFICIENCY, "DCV": 612.4, "TmpCab": 41.5,
            "St": state, "Evt1": 0, "Evt2": 0,
        }  # fmt: skip
        old |= dict.fromkeys(("AphA", "AphB", "AphC"), amps) | dict.fromkeys(
            ("PhVphA", "PhVphB", "PhVphC"), volts
        )
        new = {
            "St": gives, "InvSt": state_701, "ConnSt": gives, "Alrm": 0,
            "W": watts, "VA": watts, "Var": 0.0, "PF": 1.0, "A": 3.0 * amps, "LNV": volts,
            "LLV": volts * 3.0**0.5, "Hz": hertz, "TotWhInj": 1000.0 * self._energy_kwh, "TmpCab": 41.5,
        }  # fmt: skip
        for model, shown in ((103, old), (701, new)):
            for name, value in shown.items():
                self._registers.show(model, name, value)
        for limit in self._limits.values():
            limit.show(now_ns)

    def _states(self) -> tuple[int, int]:
        """Return its operating state as models 103 and 701 tell it."""
        if not self._joined:
            return _OFF, _OFF_701
        if self._tripped >= 1.0:
            return _FAULT, _FAULT_701
        if self.limit_kw < self._available_kw:
            return _THROTTLED, _THROTTLED_701
        return _MPPT, _RUNNING_701
