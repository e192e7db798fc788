"""A battery inverter: takes a set-point with sequence and reversion timer, drives a battery."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from enum import IntEnum
from typing import Final

from msgspec.structs import replace

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.codec import reader
from drivers.modbus.entry import Slot, Table
from drivers.modbus.map import RegisterMap
from kernel.point import NANOSECONDS
from simulators.devices.bank import JOURNAL, Executed
from simulators.devices.follower import Follower
from simulators.devices.registers import Registers
from simulators.devices.storage import Storage
from simulators.durations import HOUR_NS

SETPOINT: Final = "active_power_setpoint"
LOST_ENERGY: Final = "lost_energy"
"""Quantity for the world: what conversion and standby have cost since the device was new, kWh."""
GRID_STATE: Final = "grid_state"
"""Quantity of the world: 0 where there is no voltage at its terminals."""
_LEAST_EFFICIENCY: Final = 0.3
"""One way, of a battery whose inner resistance has grown beyond use."""


class State(IntEnum):
    """The codes of `operating_state`."""

    STANDBY = 0
    FOLLOWING = 1
    REVERTED = 2
    LIMITED = 3


class Inverter:
    """Executes each new sequence number once; falls back by itself when nobody renews the set-point.

    Its timer runs in operational time and is evaluated when somebody looks: it needs no task, and
    it expires at its nanosecond whether the gateway lives or not.
    """

    def __init__(self, register_map: RegisterMap, storage: Storage, *, delay_s: float = 0.0) -> None:
        """Begin in standby.

        Args:
            register_map: with the set-point block.
            storage: the battery.
            delay_s: from a set-point taken to the moment at which the power begins to follow it, seconds.
        """
        self._registers = Registers(register_map)
        self._block = SetpointBlock(register_map, SETPOINT)
        self._storage = storage
        self._setpoint_kw = 0.0
        self._followed = Follower(0.0, delay_s=delay_s)
        self._reversion_kw = 0.0
        self._reverts_at_ns: int | None = None
        self._state = State.STANDBY
        self._sequence = 0
        self._executions = 0
        self._duplicates = 0
        self._now_ns: int | None = None
        self._shown: Mapping[str, float] = {}
        """What stands in the registers; a write changes the sequence, so that all is shown anew."""
        self._journal: deque[Executed] = deque(maxlen=JOURNAL)
        self._joined = True
        self._sound, self._impaired = storage.rating, (1.0, 1.0)
        self._moment: tuple[object, ...] = ()
        """What the registers were shown for last."""

    @property
    def journal(self) -> tuple[Executed, ...]:
        """The set-points it has executed, oldest first."""
        return tuple(self._journal)

    def read(self, table: Table, address: int, count: int, now_ns: int) -> list[int]:
        """Return registers as they are now; a poll asks more than once for the same moment."""
        moment = (now_ns, self._sequence, self._duplicates, self._impaired, self._joined)
        if moment != self._moment:
            self._advance(now_ns)
            self._show()
            self._moment = moment
        return self._registers.read(table, address, count)

    def write(self, table: Table, address: int, values: Sequence[int], now_ns: int) -> None:
        """Execute a set-point if its sequence number differs from the last one executed.

        A repeated number is acknowledged, counted, and neither moves the power nor winds the timer.

        Raises:
            IllegalAddress: not the whole set-point block in one write.
            IllegalValue: the set-point or what to fall back to is beyond the rating.
        """
        if table is not Table.HOLDING or (address, len(values)) != (self._block.first, self._block.count):
            raise IllegalAddress(table, address, len(values))
        self._advance(now_ns)
        wanted = self._block.decode(values)
        rating_kw = self._storage.rating.power_kw
        for power_kw in (wanted.power_kw, wanted.reversion_kw):
            if abs(power_kw) > rating_kw:
                raise IllegalValue(f"{power_kw} kW is beyond {rating_kw} kW")
        if wanted.sequence == self._sequence:
            self._duplicates += 1
            return
        self._registers.put(table, address, values)
        self._execute(wanted, now_ns)

    def sense(self, quantities: Mapping[str, float], now_ns: int) -> None:
        """Let time pass; stop at once without voltage, and follow the set-point again when there is some.

        Its power it measures itself.
        """
        self._advance(now_ns)
        joined = quantities.get(GRID_STATE, 1.0) != 0.0
        if self._joined and not joined:
            self._storage = replace(self._storage, power_kw=0.0)
        self._joined = joined

    def actuation(self, now_ns: int) -> Mapping[str, float]:
        """Return the power it gives to the network, kW, discharge positive, and what it has lost, kWh."""
        self._advance(now_ns)
        return {"active_power": self._storage.power_kw, LOST_ENERGY: self._storage.lost_kwh}

    def mean_power(self, since_ns: int, until_ns: int) -> float:
        """Return what it will give on the average if nobody tells it otherwise: what its cells will feel.

        Ramp, delay, reversion timer and the end of its energy are in it. It stays where it is itself.
        """
        self._advance(since_ns)
        before, begin_ns = self._storage, self._now_ns or since_ns
        if until_ns <= begin_ns:
            return before.power_kw
        if self._keeps(begin_ns, until_ns):
            after = before.after((until_ns - begin_ns) / NANOSECONDS, before.power_kw)
            if after.power_kw == before.power_kw:
                return before.power_kw
        else:
            after = self._ahead(until_ns)
        given_kwh = (before.energy_kwh - after.energy_kwh) - (after.lost_kwh - before.lost_kwh)
        return given_kwh * HOUR_NS / (until_ns - begin_ns)

    def _keeps(self, since_ns: int, until_ns: int) -> bool:
        """Tell whether it is told the power that it has, and nothing else, until a moment."""
        due_ns = self._reverts_at_ns
        if (due_ns is not None and due_ns <= until_ns) or self._followed.changes(until_ns):
            return False
        return self._storage.power_kw == self._told_kw(since_ns)

    def _told_kw(self, now_ns: int) -> float:
        """Return what it is to give: its set-point as far as faults leave it, and nothing without voltage."""
        return self._followed.at(now_ns) * self._impaired[0] if self._joined else 0.0

    def _ahead(self, until_ns: int) -> Storage:
        """Return the battery as it will be at a moment if nobody tells it otherwise."""
        twin = object.__new__(Inverter)
        twin.__dict__ |= {**self.__dict__, "_followed": copy(self._followed)}
        twin._advance(until_ns)
        return twin._storage

    def fall_back(self, now_ns: int) -> None:
        """Fall back now, as at the end of the reversion timer."""
        self._advance(now_ns)
        self._revert(now_ns)

    def impair(self, now_ns: int, *, delivers: float, resistance: float) -> None:
        """Be less than the rating from now on, as a fault has it.

        Args:
            now_ns: until then it was as before, nanoseconds since 1970 UTC.
            delivers: share of the set-point that reaches the grid, 0 to 1; 0 is a tripped unit.
            resistance: inner resistance as a multiple of the sound one: losses grow with it.
        """
        if (delivers, resistance) == self._impaired:
            return
        self._advance(now_ns)
        self._impaired = delivers, resistance
        efficiency = max(_LEAST_EFFICIENCY, 1.0 - (1.0 - self._sound.efficiency) * resistance)
        self._storage = replace(self._storage, rating=replace(self._sound, efficiency=efficiency))

    def _execute(self, wanted: _Setpoint, now_ns: int) -> None:
        self._sequence = wanted.sequence
        self._executions += 1
        self._setpoint_kw = wanted.power_kw
        self._followed.aim(wanted.power_kw, now_ns)
        self._reversion_kw = wanted.reversion_kw
        self._reverts_at_ns = now_ns + wanted.reversion_s * NANOSECONDS if wanted.reversion_s else None
        self._state = State.FOLLOWING
        self._journal.append(
            Executed(quantity=SETPOINT, value=wanted.power_kw, sequence=wanted.sequence, at_ns=now_ns)
        )

    def _advance(self, now_ns: int) -> None:
        """Bring the battery to `now_ns`, over the end of the reversion timer if it lies before."""
        due_ns = self._reverts_at_ns
        if now_ns == self._now_ns and (due_ns is None or due_ns > now_ns):
            return  # it is there already
        before_ns = now_ns if self._now_ns is None else self._now_ns
        if due_ns is not None and due_ns <= now_ns:
            self._run(before_ns, due_ns)
            self._revert(due_ns)
            before_ns = due_ns
        self._run(before_ns, now_ns)
        self._now_ns = max(now_ns, before_ns)

    def _revert(self, now_ns: int) -> None:
        self._setpoint_kw = self._reversion_kw
        self._followed.aim(self._reversion_kw, now_ns, at_once=True)
        self._reverts_at_ns = None
        self._state = State.REVERTED

    def _run(self, since_ns: int, until_ns: int) -> None:
        """Follow what is to be followed, over the moments at which that changes."""
        for moment_ns in (*self._followed.changes(until_ns), until_ns):
            target_kw = self._told_kw(since_ns)
            if moment_ns > since_ns:
                self._storage = self._storage.after((moment_ns - since_ns) / NANOSECONDS, target_kw)
                since_ns = moment_ns

    def _show(self) -> None:
        limited = self._storage.blocked(self._setpoint_kw) or not self._joined
        left_ns = 0 if self._reverts_at_ns is None else self._reverts_at_ns - (self._now_ns or 0)
        shown = {
            "active_power": self._storage.power_kw,
            "state_of_charge": self._storage.charge_percent,
            "operating_state": State.LIMITED if limited else self._state,
            "setpoint_sequence": self._sequence,
            "reversion_remaining": left_ns / NANOSECONDS,
            "executions": self._executions,
            "duplicates": self._duplicates,
            SETPOINT: self._setpoint_kw,
        }
        if shown != self._shown:
            self._shown = shown
            self._registers.show_known(shown)


class _Setpoint:
    """One set-point as it came in one write."""

    __slots__ = ("power_kw", "reversion_kw", "reversion_s", "sequence")

    def __init__(self, sequence: int, power_kw: float, reversion_kw: float, reversion_s: int) -> None:
        self.sequence = sequence
        self.power_kw = power_kw
        self.reversion_kw = reversion_kw
        self.reversion_s = reversion_s


class SetpointBlock:
    """Where a set-point with its companions lies in the holding registers."""

    def __init__(self, register_map: RegisterMap, quantity: str) -> None:
        entry = register_map.by_quantity[quantity]
        companions, slots = entry.companions, (entry.slot, *entry.companions.slots())
        self.first = min(slot.address for slot in slots)
        self.count = max(slot.end for slot in slots) - self.first
        self._value = self._reader(entry.slot)
        self._sequence = self._reader(companions.sequence)
        self._reversion_value = self._reader(companions.reversion_value)
        self._reversion_s = self._reader(companions.reversion_s)

    def decode(self, values: Sequence[int]) -> _Setpoint:
        """Return the set-point in the registers of one write."""
        return _Setpoint(
            sequence=int(self._sequence(values)),
            power_kw=self._value(values),
            reversion_kw=self._reversion_value(values),
            reversion_s=int(self._reversion_s(values)),
        )

    def _reader(self, slot: Slot | None) -> Callable[[Sequence[int]], float]:
        """Return what reads one number out of a write; 0.0 where the map has no place for it."""
        if slot is None:
            return lambda _: 0.0
        read, place = reader(slot), slice(slot.address - self.first, slot.end - self.first)
        return lambda values: read(values[place])
