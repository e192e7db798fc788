"""The controller of a circuit breaker: a pulse moves it, after its operating time the contacts say so.

Where the world has a breaker of its own (`simulators.equipment`), the controller only passes pulses on and
shows what the auxiliary contacts of that breaker say; else it is the breaker.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.entry import Table
from drivers.modbus.map import RegisterMap
from kernel.point import NANOSECONDS
from simulators.devices.bank import JOURNAL, Executed
from simulators.devices.registers import Registers

INTERMEDIATE: Final = 0
OPEN: Final = 1
CLOSED: Final = 2
_TARGET: Final = {"open": OPEN, "close": CLOSED}


class Breaker:
    """Executes every pulse it gets, wanted or not: it has no sequence register to tell them apart."""

    def __init__(
        self, register_map: RegisterMap, *, position: int = CLOSED, operating_s: float = 0.06
    ) -> None:
        self._registers = Registers(register_map)
        self._coil = {
            register_map.by_quantity[quantity].slot.address: quantity for quantity in sorted(_TARGET)
        }
        self._operating_ns = round(operating_s * NANOSECONDS)
        self._position = position
        self._arrives_at_ns: int | None = None
        self._target = position
        self._operations = 0
        self._felt: int | None = None
        self._counted: int | None = None
        self._shown: tuple[int, int] | None = None
        """Position and operations that stand in the registers; nobody else writes there."""
        self._journal: deque[Executed] = deque(maxlen=JOURNAL)

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The pulses it has executed, oldest first."""
        return tuple(self._journal)

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers or bits as they are now; its coils always read 0."""
        stands = (self._position_at(now_ns), self._operations if self._counted is None else self._counted)
        if stands != self._shown:
            self._shown = stands
            self._registers.show("position", stands[0])
            self._registers.show("operations", stands[1])
        return self._registers.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Execute a pulse. A 0 is no pulse.

        Raises:
            IllegalAddress: not one of its coils.
            IllegalValue: open and close at once.
        """
        addresses = range(address, address + len(values))
        if table is not Table.COIL or any(place not in self._coil for place in addresses):
            raise IllegalAddress(table, address, len(values))
        pulses = [self._coil[place] for place, value in zip(addresses, values, strict=True) if value]
        if len(pulses) > 1:
            raise IllegalValue("open and close at once")
        for quantity in pulses:
            self._operate(quantity, now_ns)

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:  # noqa: ARG002
        """Take the position of the breaker in the world where there is one, and whatever else its map has."""
        for quantity, value in quantities.items():
            if quantity == "position":
                self._felt = int(value)
            elif quantity == "operations":
                self._counted = int(value)
            elif quantity in self._registers and quantity not in _TARGET:
                self._registers.show(quantity, value)

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return its position (0 intermediate, 1 open, 2 closed), its last command and how many it gave."""
        return {
            "position": float(self._position_at(now_ns)),
            "command": float(self._target),
            "pulses": float(self._operations),
        }

    def moves_ns(self, now_ns: int) -> int | None:
        """Return when its contacts arrive; None while they stand, or where the world has the breaker."""
        arrives_ns = None if self._felt is not None else self._arrives_at_ns
        return arrives_ns if arrives_ns is not None and arrives_ns > now_ns else None

    def trip(self, now_ns: int) -> None:
        """Open because protection says so, not because somebody wrote a pulse; no write is noted."""
        self._operations += 1
        self._move(OPEN, now_ns)

    def _operate(self, quantity: str, now_ns: int) -> None:
        """Start to move, unless it stands there already; the pulse counts either way."""
        self._operations += 1
        self._journal.append(Executed(quantity=quantity, value=1.0, sequence=None, at_ns=now_ns))
        self._move(_TARGET[quantity], now_ns)

    def _move(self, target: int, now_ns: int) -> None:
        self._position = self._position_at(now_ns)
        self._target = target
        self._arrives_at_ns = None
        if self._position != self._target:
            self._position = INTERMEDIATE
            self._arrives_at_ns = now_ns + self._operating_ns

    def _position_at(self, now_ns: int) -> int:
        if self._felt is not None:
            return self._felt
        if self._arrives_at_ns is not None and now_ns >= self._arrives_at_ns:
            return self._target
        return self._position
