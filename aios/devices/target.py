"""Where a device is that no site file names yet: host and port, or a serial port."""

from __future__ import annotations

from typing import Any, Final

from kernel.site import Device

PORT: Final = {"modbus-tls": 802}
"""Port of a protocol; 502 for all others. Source: Modbus/TCP Security, MB-TCP-Security-v21, 6."""
TCP: Final = 502


class NoTarget(ValueError):
    """What was named is neither a host nor a serial port."""


def device_at(target: str, *, unit: int = 1, protocol: str = "", map_: str = "", **more: Any) -> Device:
    """Return a device from what a person typed.

    Args:
        target: `HOST`, `HOST:PORT`, `[IPv6]:PORT` or the path of a serial port.
        unit: unit identifier, 1 to 247.
        protocol: of the driver; empty means `modbus-rtu` for a path, else `modbus-tcp`.
        map_: register map, where one is known.
        more: other fields of a device.

    Raises:
        NoTarget: it is neither.

    >>> device_at("10.0.0.7:1502", unit=3).port, device_at("/dev/ttyS1").protocol
    (1502, 'modbus-rtu')
    """
    named = {"name": "device", "asset": "device", "map": map_, "unit": unit, **more}
    if target.startswith("/"):
        return Device(protocol=protocol or "modbus-rtu", serial=target, **named)
    host, port = _parted(target)
    kind = protocol or "modbus-tcp"
    return Device(protocol=kind, host=host, port=port or PORT.get(kind, TCP), **named)


def is_target(word: str) -> bool:
    """Tell whether a word says where a device is, rather than what it is called.

    >>> is_target("10.0.0.7"), is_target("/dev/ttyUSB0"), is_target("meter_f11")
    (True, True, False)
    """
    return "/" in word or "." in word or ":" in word or word == "localhost"


def _parted(target: str) -> tuple[str, int]:
    host, colon, port = target.rpartition(":")
    if not colon or (host.count(":") and not host.endswith("]")):  # a bare IPv6 address has colons too
        host, port = target, ""
    try:
        number = int(port) if port else 0
    except ValueError:
        raise NoTarget(f"{target}: {port} is no port") from None
    host = host.strip("[]")
    if not host or not 0 <= number <= 65535:
        raise NoTarget(f"{target} is neither HOST[:PORT] nor the path of a serial port")
    return host, number
