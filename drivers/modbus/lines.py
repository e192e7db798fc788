"""Who shares a wire: the devices of a site by the gateway or the serial line that they hang on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drivers.modbus.line import Line
from drivers.modbus.link import Link
from drivers.modbus.route import Route, route_of
from drivers.modbus.seat import Seat
from drivers.modbus.stream_link import StreamLink
from kernel.site import Device


def seats_of(
    devices: Sequence[Device],
    *,
    wanted_s: Callable[[Device], float],
    pause_s: Callable[[Device], float] = lambda _: 0.0,
    link: Callable[[Route, Sequence[Device]], Link] | None = None,
) -> dict[str, Seat]:
    """Return a seat for every device that does not have its wire for itself.

    A wire that needs silence between two requests, or a device that does, has a line even for one device.

    Args:
        devices: of a site; those whose protocol or port is not known have no seat.
        wanted_s: real seconds from reading to reading that are wanted of a device.
        pause_s: pause that a kind of device needs after an answer, real seconds.
        link: makes the link of a wire for its devices; None means a real one.
    """
    make = stream_link if link is None else link
    sharing: dict[Route, list[Device]] = {}
    for device in devices:
        route = known_route(device)
        if route is not None:
            sharing.setdefault(route, []).append(device)
    seats = {}
    for route, group in sharing.items():
        pauses = {device.name: max(device.gap_s, pause_s(device)) for device in group}
        gap_s = max(route.gap_s, *(device.line_gap_s for device in group))
        if len(group) == 1 and gap_s == 0.0 and not any(pauses.values()):
            continue
        line = Line(make(route, group), name=route.name, gap_s=gap_s)
        for device in group:
            seats[device.name] = line.seat(
                device.name,
                timeout_s=device.timeout_s,
                wanted_s=wanted_s(device),
                gap_s=pauses[device.name],
            )
    return seats


def known_route(device: Device) -> Route | None:
    """Return how a device is reached; None where nobody can know before it is there.

    >>> known_route(Device(name="m", asset="f", map="feeder_meter", host="10.0.0.9", port=502)).name
    '10.0.0.9:502'
    >>> known_route(Device(name="m", asset="f", map="feeder_meter", port=0)) is None
    True
    """
    try:
        route = route_of(device)
    except LookupError:
        return None
    return route if device.port or device.serial else None


def stream_link(route: Route, devices: Sequence[Device]) -> Link:
    """Make the real link of a wire; each of its devices has its own time to answer."""
    made = StreamLink(route, timeout_s=max(device.timeout_s for device in devices))
    for device in devices:
        made.wait_for(device.unit, device.timeout_s)
    return made
