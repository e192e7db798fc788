"""How long readings take on a wire, reckoned before anything is connected. Pure.

Bytes at the baud rate where it is known; where it is not, what such devices usually take. The cadence of a
line is then the one that the line itself would choose (`cadence`): what is refused here would be stretched
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from drivers.modbus.cadence import USABLE, Load, stretches
from drivers.modbus.entry import BIT_TABLES
from drivers.modbus.lines import known_route
from drivers.modbus.read_plan import ReadRequest
from drivers.modbus.route import Route, SerialRoute
from drivers.modbus.wanted import Wanted
from kernel.site import Device

CHARACTER_BITS: Final = 11
"""Start, eight of data, parity or a second stop bit, stop. Source: Modbus over Serial Line V1.02, 2.5.1."""
ASKING_BYTES: Final = 8
"""Unit, function, address, count, check. Source: Modbus Application Protocol V1.1b3, 6.1 to 6.4."""
ANSWER_BYTES: Final = 5
"""Unit, function, number of bytes, check, beside the values. Source: as above."""
TURNAROUND_S: Final = 0.01
"""What a device on a serial line takes to think, seconds."""
GATEWAY_S: Final = 0.03
"""One request through a gateway to a line whose baud rate is not known: 20 registers at 19 200, seconds."""
NETWORK_S: Final = 0.005
"""One request to a device on the network, seconds."""


class WireLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What the devices of one wire ask of it."""

    wire: str
    devices: tuple[str, ...]
    demand: float
    """Share of its time that they ask for; readings may have `USABLE` of it."""
    longest_timeout_s: float
    reached_s: dict[str, float]
    """Real seconds from reading to reading, by device."""

    @property
    def words(self) -> str:
        """The wire in one sentence."""
        most = max(self.reached_s.values())
        asked = f"{len(self.devices)} devices ask for {self.demand:.0%} of its time"
        return (
            f"wire {self.wire}: {asked}, readings may have {USABLE:.0%}; the slowest is read every {most:g} s"
        )


def request_s(route: Route, request: ReadRequest, *, is_shared: bool) -> float:
    """Return how long one read holds a wire, seconds, without the gap after it.

    >>> line = SerialRoute(path="/dev/ttyS0", baud=9600)
    >>> from drivers.modbus.entry import Table
    >>> read = ReadRequest(table=Table.HOLDING, address=0, count=20)
    >>> round(request_s(line, read, is_shared=True), 4)
    0.0747
    """
    if not isinstance(route, SerialRoute):
        return GATEWAY_S if is_shared or not route.framing.numbered else NETWORK_S
    size = -(-request.count // 8) if request.table in BIT_TABLES else 2 * request.count
    characters = ASKING_BYTES + ANSWER_BYTES + size
    return characters * CHARACTER_BITS / route.baud + route.gap_s + TURNAROUND_S


def wire_loads(
    devices: Sequence[Device], wanted: Mapping[str, Wanted], *, factor: float = 1.0
) -> list[WireLoad]:
    """Return what is asked of every wire, and how often each device on it can be read.

    Args:
        devices: of a site; those whose wire is not known are left out.
        wanted: what is asked of a device, by its name.
        factor: operational seconds in a real second.
    """
    sharing: dict[Route, list[Device]] = {}
    for device in devices:
        route = known_route(device)
        if route is not None and device.name in wanted:
            sharing.setdefault(route, []).append(device)
    return [_load(route, group, wanted, factor) for route, group in sharing.items()]


def _load(route: Route, group: Sequence[Device], wanted: Mapping[str, Wanted], factor: float) -> WireLoad:
    gap_s = max(route.gap_s, *(device.line_gap_s for device in group))
    loads = []
    for device in group:
        asked = wanted[device.name]
        each = [request_s(route, one, is_shared=len(group) > 1) for one in asked.requests]
        pause_s = max(gap_s, device.gap_s, asked.pause_s) if len(group) == 1 else gap_s
        loads.append(
            Load(
                reading_s=sum(share * (s + pause_s) for s, share in zip(each, asked.shares, strict=True)),
                request_s=max(each, default=0.0),
                wanted_s=asked.reading_s / factor,
            )
        )
    every = [load.wanted_s * by for load, by in zip(loads, stretches(loads), strict=True)]
    return WireLoad(
        wire=route.name,
        devices=tuple(device.name for device in group),
        demand=sum(load.demand for load in loads),
        longest_timeout_s=max(device.timeout_s for device in group),
        reached_s={device.name: s for device, s in zip(group, every, strict=True)},
    )
