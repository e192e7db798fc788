"""How often a device, its requests and its points are wanted: by its scan and its poll classes. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from drivers.modbus.map import RegisterMap
from drivers.modbus.read_plan import ReadRequest, plan_reads
from drivers.modbus.rota import asked_every_s, periods_s


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked of a device, and how often; operational seconds."""

    reading_s: float
    """From reading to reading."""
    requests: tuple[ReadRequest, ...] = ()
    periods_s: tuple[float, ...] = ()
    """Of each request, as the poll classes say; 0 for every reading."""
    request_of: dict[str, int] = {}
    """Place of the request that reads a quantity; what is only written has none."""
    pause_s: float = 0.0
    """Pause that this kind of device needs after an answer, real seconds."""

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the readings in which each request is asked, 0 to 1."""
        return shares(self.periods_s, self.reading_s)

    def point_s(self, quantity: str, reading_s: float) -> float:
        """Return the seconds from value to value of a quantity of a device that is read every `reading_s`."""
        place = self.request_of.get(quantity)
        return reading_s if place is None else asked_every_s(reading_s, self.periods_s[place])


def shares(periods: Sequence[float], reading_s: float) -> tuple[float, ...]:
    """Return the share of the readings in which requests of these periods are asked.

    >>> shares([0.0, 30.0], reading_s=3.0)
    (1.0, 0.1)
    """
    return tuple(reading_s / asked_every_s(reading_s, period_s) for period_s in periods)


def wanted_of(
    register_map: RegisterMap, quantities: Sequence[str], *, scan_s: float | None, base_s: float
) -> Wanted:
    """Return how often a device with this map is wanted.

    Args:
        register_map: of the device.
        quantities: that its site has of it, in the order of the site.
        scan_s: what the site says of the device; None where it says nothing.
        base_s: base tick of the site.
    """
    entries = [register_map.by_quantity[quantity] for quantity in quantities]
    plan = plan_reads(entries, gap=register_map.gap, limits=register_map.limits)
    every = periods_s(plan, entries)
    places = plan.request_of[: len(entries)].tolist()
    return Wanted(
        reading_s=max(scan_s or min(every, default=0.0), base_s),
        requests=plan.requests,
        periods_s=every,
        request_of={name: at for name, at in zip(quantities, places, strict=True) if at < len(every)},
        pause_s=register_map.limits.pause_s,
    )
