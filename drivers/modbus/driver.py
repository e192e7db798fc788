"""The Modbus driver: one device, read as a block, each command written once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from drivers.modbus.asking import Asking
from drivers.modbus.codec import CannotEncode
from drivers.modbus.link import (
    FAILURES,
    NO_PATH,
    BadEcho,
    DeviceException,
    Lapsed,
    Link,
    LinkDown,
    NoAnswer,
    refuse_broadcast,
)
from drivers.modbus.map import RegisterMap, load_map
from drivers.modbus.raw_numbers import Answer
from drivers.modbus.read_plan import plan_reads
from drivers.modbus.route import route_of
from drivers.modbus.scales import scales_now
from drivers.modbus.sending import send
from drivers.modbus.stream_link import StreamLink
from drivers.modbus.writes import Write, encode_command, encode_first
from kernel.command import Command, Sent, Transmission
from kernel.measurement import Block, Times
from kernel.point import Point
from kernel.ports import Clock
from kernel.quality import OLD, Quality
from kernel.site import Device
from kernel.traffic import Brief, LineState, Traffic

log = structlog.get_logger(__name__)

ALONE: Final = Brief()
"""How a device stands that has its wire for itself."""
_MOMENTS: Final = 16
"""Different counts of rows and moments whose times are kept; under the virtual clock a tick has a few."""


class ModbusDriver:
    """Speaks to one device over one link. `read` never raises; `write` never repeats.

    When the device is away its rows keep value and time of the last reading and turn invalid:
    their age grows, and nothing mistakes them for a measurement.
    """

    def __init__(
        self,
        *,
        device: Device,
        register_map: RegisterMap,
        points: Sequence[Point],
        rows: Sequence[int],
        link: Link,
        clock: Clock,
    ) -> None:
        refuse_broadcast(device.unit)
        self.name = device.name
        self.points = tuple(point.name for point in points)
        self._unit = device.unit
        self._entry = {point.name: register_map.by_quantity[point.quantity] for point in points}
        self._plan = plan_reads(list(self._entry.values()), gap=register_map.gap, limits=register_map.limits)
        self._link = link
        self._asking = Asking(
            self._plan, list(self._entry.values()), link=link, unit=device.unit, clock=clock
        )
        self._clock = clock
        self._index = np.array(rows, dtype=np.int32)
        self._index.flags.writeable = False
        self._value = np.zeros(len(points))
        self._quality = np.zeros(len(points), dtype=np.uint16)
        self._at_ns = np.zeros(len(points), dtype=np.int64)
        self._fresh: NDArray[np.bool_] | None = None
        """Which rows the last answers were about; None for all of them: the usual case."""
        self._answers: list[Answer] | None = None
        """What was answered last: said again it means the same again."""
        self._scales: Mapping[str, float] = {}
        self._away = False

    @property
    def writes_beside_reads(self) -> bool:
        """Tell whether a command may be handed over while a reading waits for its turn on a shared wire."""
        return self._asking.seat is not None

    @property
    def stretch(self) -> int:
        """How many times more seldom than wanted it is to be read."""
        return 1 if self._asking.seat is None else self._asking.seat.stretch

    @property
    def every_s(self) -> float:
        """Operational seconds between two readings that it makes sense to want; 0.0 for every scan."""
        return self._asking.every_s

    def traffic(self) -> Traffic:
        """Return what was learned of the device, as it stands."""
        return self._asking.profile.traffic() if self._asking.seat is None else self._asking.seat.traffic()

    def brief(self) -> Brief:
        """Return how the device stands on its wire."""
        return ALONE if self._asking.seat is None else self._asking.seat.brief()

    def line(self) -> LineState | None:
        """Return the wire that it shares; None where it has one of its own."""
        return None if self._asking.seat is None else self._asking.seat.line.state()

    async def open(self) -> None:
        """Connect if the device is there."""
        await self._link.open()

    async def close(self) -> None:
        """Release the link."""
        await self._link.close()

    async def read(self) -> Block:
        """Read all points in as few requests as the map allows.

        Returns:
            One row a point. The time of a row is the moment before its request was sent, so that
            its age is never understated; the time of a row that could not be read is that of its
            last reading, 0 before the first.
        """
        asked_ns, asking = self._clock.now_ns(), self._asking
        if asking.direct is None:
            answers, failure = await asking.ask(asked_ns)
        else:
            answers, failure = asking.ask_at_once(asking.direct, asked_ns)
        if answers != self._answers:
            self._understand(answers)
        at_ns, rows, known_ns = asking.times(asked_ns), len(self._value), self._clock.now_ns()
        known = _each(rows, known_ns)
        if self._fresh is not None:
            self._at_ns = np.where(self._fresh, at_ns, self._at_ns)
        elif isinstance(at_ns, int):
            self._at_ns = known if at_ns == known_ns else _each(rows, at_ns)
        else:
            self._at_ns = at_ns
        if failure or self._away:
            self._note(failure)
        return Block(
            index=self._index,
            value=self._value,
            quality=self._quality,
            at_ns=self._at_ns,
            available_at_ns=known,
        )

    def _understand(self, answers: Sequence[Answer]) -> None:
        """Take what a device says; what it does not say stays as it said it last."""
        value, quality = self._plan.decode(answers)
        if self._plan.write_scales:
            self._scales = self._plan.factors(answers)
        if quality is not self._quality:  # a few plain numbers that are all values share one
            quality.flags.writeable = False  # it is given out until another one takes its place
            self._quality, self._fresh = quality, _fresh(quality)
        if self._fresh is not None:
            value = np.where(self._fresh, value, self._value)
        self._value, self._answers = value, list(answers)

    async def write(self, command: Command) -> Sent:
        """Send one command once, in one request with its sequence and reversion.

        Where the map wants the reversion first, that goes before it in a request of its own. Its
        validity is checked after connecting, right before the bytes leave.
        """
        entry = self._entry[command.point]
        try:
            factors = await scales_now(self._asking.read_to_write, self._unit, entry, self._scales)
            first, request = encode_first(entry, command, factors), encode_command(entry, command, factors)
        except CannotEncode as refusal:
            return self._sent(command, Transmission.NOT_SENT, str(refusal))
        except FAILURES as lost:
            return self._sent(command, Transmission.NOT_SENT, f"its scale register was not read: {lost}")
        transmission, detail = await self._send(request, command.valid_until_ns, first)
        return self._sent(command, transmission, detail)

    async def _send(
        self, request: Write, valid_until_ns: int, first: Write | None = None
    ) -> tuple[Transmission, str]:
        try:
            if (held := await self._held(first, valid_until_ns)) is not None:
                return held
            await self._write(request, valid_until_ns)
        except Lapsed:
            return Transmission.EXPIRED, "its validity ended while the device was being reached"
        except LinkDown as lost:
            return Transmission.NOT_SENT, str(lost)
        except DeviceException as said:
            return _meant(said), str(said)
        except (NoAnswer, BadEcho) as lost:
            return Transmission.NO_ANSWER, str(lost)
        return Transmission.WRITTEN, ""

    async def _held(self, first: Write | None, valid_until_ns: int) -> tuple[Transmission, str] | None:
        """Write what must stand in the device before the value; say why the value must not follow.

        After a reversion that was not confirmed it would last for ever.
        """
        if first is None:
            return None
        try:
            await self._write(first, valid_until_ns)
        except Lapsed:
            raise
        except FAILURES as lost:
            return Transmission.NOT_SENT, f"the reversion before it was not confirmed: {lost}"
        if self._clock.now_ns() > valid_until_ns:
            return Transmission.EXPIRED, "its validity ended while the reversion before it was written"
        return None

    async def _write(self, request: Write, valid_until_ns: int) -> None:
        """Write once, unless the validity ends before the bytes leave: connecting and waiting take time."""
        await send(self._link, self._unit, request, lambda: self._clock.now_ns() <= valid_until_ns)

    def _sent(self, command: Command, transmission: Transmission, detail: str) -> Sent:
        return Sent(command=command.id, transmission=transmission, at_ns=self._clock.now_ns(), detail=detail)

    def _note(self, failure: str) -> None:
        """Say once when the device goes away and once when it returns."""
        if failure and not self._away:
            log.warning("device away", device=self.name, why=failure)
        elif self._away and not failure:
            log.info("device back", device=self.name)
        self._away = bool(failure)


def _fresh(quality: Quality) -> NDArray[np.bool_] | None:
    """Return which rows were answered; None where all of them were."""
    if not np.count_nonzero(quality):
        return None
    fresh = (quality & np.uint16(OLD)) == 0
    return None if fresh.all() else fresh


@lru_cache(maxsize=_MOMENTS)
def _each(rows: int, at_ns: int) -> Times:
    """Return one time for each row; devices that are read at one moment share it, and nobody can write it."""
    times = np.empty(rows, dtype=np.int64)
    times.fill(at_ns)
    times.flags.writeable = False
    return times


def _meant(said: DeviceException) -> Transmission:
    """Return what an exception says of the write that it answers."""
    if said.leaves_open:
        return Transmission.NO_ANSWER
    return Transmission.NOT_SENT if said.code == NO_PATH else Transmission.REFUSED


def make(
    device: Device, points: Sequence[Point], rows: Sequence[int], clock: Clock, link: Link | None = None
) -> ModbusDriver:
    """Make the driver of one device: entry points `modbus-tcp`, `modbus-rtu` and their kin.

    Args:
        device: with the name of its register map.
        points: N points that the device serves.
        rows: N rows of them in the site's point table.
        clock: operational time.
        link: how to reach the device; None means a wire of its own, as its keys say.
    """
    if link is None:
        link = StreamLink(route_of(device), timeout_s=device.timeout_s)
    return ModbusDriver(
        device=device,
        register_map=load_map(device.map),
        points=points,
        rows=rows,
        link=link,
        clock=clock,
    )
