"""The bad wires of a scenario on real sockets: a fault proxy before each device that has one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from aios.testing.fault_proxy import FaultProxy
from aios.virtual.bad_wire import wire_faults
from kernel.site import Device
from simulators.faults.bytes import SOUND, WireCondition, devices_with_bad_wires, wire_condition
from simulators.faults.fault import Fault

_Bank = TypeVar("_Bank")


class NoProxy(ValueError):
    """A scenario makes a wire bad before which no proxy can stand."""


class BadWires:
    """Proxies on the ports of the devices; the devices themselves listen on free ports behind them."""

    def __init__(self, devices: Iterable[Device], faults: Iterable[Fault]) -> None:
        """Find the devices whose wires become bad.

        Raises:
            NoProxy: one of them is on a serial line, or shares its port with others.
        """
        self._faults = tuple(faults)
        every = tuple(devices)
        bad = devices_with_bad_wires(self._faults, silent=False)
        self._devices = {device.name: device for device in every if device.name in bad}
        for device in self._devices.values():
            _refuse_shared(device, every)
        self._wires: dict[str, FaultProxy] = {}
        self._conditions: dict[str, WireCondition] = {}

    def behind(self, banks: Mapping[Device, _Bank]) -> dict[Device, _Bank]:
        """Return what is served, with the devices behind proxies on free ports."""
        return {
            msgspec.structs.replace(device, port=0) if device.name in self._devices else device: bank
            for device, bank in banks.items()
        }

    async def open(self, ports: Mapping[str, int]) -> dict[str, int]:
        """Put up the proxies; return the port of each device as clients find it.

        Args:
            ports: where the devices listen.

        Raises:
            OSError: a port is taken.
        """
        found = dict(ports)
        for name, device in self._devices.items():
            wire = FaultProxy(
                device.host, ports[name], listen_host=device.host, listen_port=device.port, seed=_seed(name)
            )
            await wire.up()
            self._wires[name], found[name] = wire, wire.port
        return found

    def set(self, now_ns: int) -> None:
        """Let every wire be as the scenario has it at a moment, nanoseconds since 1970 UTC."""
        for name, wire in self._wires.items():
            condition = wire_condition(self._faults, name, now_ns)
            if condition != self._conditions.get(name, SOUND):
                self._conditions[name] = condition
                wire.clear()
                both = wire_faults(condition, timeout_s=self._devices[name].timeout_s)
                wire.to_device.faults, wire.to_client.faults = both

    async def close(self) -> None:
        """Take the proxies away."""
        for wire in self._wires.values():
            await wire.down()


def _refuse_shared(device: Device, every: Iterable[Device]) -> None:
    shared = [one.name for one in every if one.port and one.port == device.port and one is not device]
    if device.serial or shared:
        raise NoProxy(f"device {device.name}: bytes are disturbed only on a TCP port of its own")


def _seed(name: str) -> int:
    return sum(name.encode())
