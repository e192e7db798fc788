"""From a device to a link that only looks."""

from __future__ import annotations

from aios.devices.gentle import GAP_S, GentleLink
from kernel.site import Device


def looking_at(device: Device, *, gap_s: float = GAP_S) -> GentleLink:
    """Return a link to a device through which nothing can be written.

    Raises:
        LookupError: its protocol is no kind of Modbus.
    """
    from drivers.modbus.route import route_of  # noqa: PLC0415 - pymodbus only where a device is asked
    from drivers.modbus.stream_link import StreamLink  # noqa: PLC0415

    return GentleLink(StreamLink(route_of(device), timeout_s=device.timeout_s), gap_s=gap_s)
