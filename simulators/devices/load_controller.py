"""A load controller: lets no more power through than its limit; falls back when nobody renews it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from enum import IntEnum
from math import inf
from typing import Final

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.entry import Table
from drivers.modbus.map import RegisterMap
from kernel.point import NANOSECONDS
from simulators.devices.bank import JOURNAL, Executed
from simulators.devices.behaviour.planned import PLAIN, PlannedBehaviour
from simulators.devices.follower import Follower
from simulators.devices.inverter import SetpointBlock
from simulators.devices.registers import Registers

LIMIT: Final = "active_power_limit"


class Position(IntEnum):
    """The codes of `operating_state`."""

    FREE = 0
    LIMITED = 1
    REVERTED = 2


class LoadController:
    """Executes each new sequence number once. Its timer runs in operational time and needs no task."""

    def __init__(self, register_map: RegisterMap, planned: PlannedBehaviour = PLAIN) -> None:
        """Begin without a limit.

        Args:
            register_map: with the limit block.
            planned: by what delay and at what rate what it lets through follows the limit.
        """
        self._registers = Registers(register_map)
        self._block = SetpointBlock(register_map, LIMIT)
        writing = register_map.by_quantity[LIMIT].writing
        self._highest_kw = inf if writing is None else writing.high
        self._limit_kw = self._highest_kw
        ramp = inf if planned.ramp_per_s is None else planned.ramp_per_s
        self._lets = Follower(self._highest_kw, delay_s=planned.delay_s, ramp_per_s=ramp)
        self._reversion_kw = self._highest_kw
        self._reverts_at_ns: int | None = None
        self._sequence = 0
        self._position = Position.FREE
        self._power_kw = 0.0
        self._journal: deque[Executed] = deque(maxlen=JOURNAL)

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The limits it has executed, oldest first."""
        return tuple(self._journal)

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers as they are now."""
        self._advance(now_ns)
        left_ns = 0 if self._reverts_at_ns is None else self._reverts_at_ns - now_ns
        shown = {
            "active_power": self._power_kw,
            "operating_state": self._position,
            "limit_sequence": self._sequence,
            "reversion_remaining": left_ns / NANOSECONDS,
            LIMIT: self._limit_kw,
        }
        for quantity, value in shown.items():
            self._registers.show(quantity, value)
        return self._registers.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Execute a limit if its sequence number differs from the last one executed.

        Raises:
            IllegalAddress: not the whole block in one write.
            IllegalValue: the limit or what to fall back to is below 0 or beyond what the map allows.
        """
        if table is not Table.HOLDING or (address, len(values)) != (self._block.first, self._block.count):
            raise IllegalAddress(table, address, len(values))
        self._advance(now_ns)
        wanted = self._block.decode(values)
        for power_kw in (wanted.power_kw, wanted.reversion_kw):
            if not 0.0 <= power_kw <= self._highest_kw:
                raise IllegalValue(f"{power_kw} kW is not between 0 and {self._highest_kw} kW")
        if wanted.sequence == self._sequence:
            return
        self._registers.put(table, address, values)
        self._sequence, self._limit_kw = wanted.sequence, wanted.power_kw
        self._lets.aim(wanted.power_kw, now_ns)
        self._reversion_kw = wanted.reversion_kw
        self._reverts_at_ns = now_ns + wanted.reversion_s * NANOSECONDS if wanted.reversion_s else None
        self._position = Position.LIMITED if self._limit_kw < self._highest_kw else Position.FREE
        self._journal.append(
            Executed(quantity=LIMIT, value=wanted.power_kw, sequence=wanted.sequence, at_ns=now_ns)
        )

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Measure the power that it lets through, kW."""
        self._advance(now_ns)
        self._power_kw = quantities.get("active_power", self._power_kw)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return the most that it lets through, kW."""
        self._advance(now_ns)
        return {LIMIT: self._lets.at(now_ns)}

    def fall_back(self, now_ns: int) -> None:
        """Fall back now, as at the end of the reversion timer."""
        self._advance(now_ns)
        self._revert(now_ns)

    def _advance(self, now_ns: int) -> None:
        if self._reverts_at_ns is not None and self._reverts_at_ns <= now_ns:
            self._revert(self._reverts_at_ns)

    def _revert(self, now_ns: int) -> None:
        self._limit_kw, self._reverts_at_ns = self._reversion_kw, None
        self._lets.aim(self._limit_kw, now_ns, at_once=True)
        self._position = Position.REVERTED
