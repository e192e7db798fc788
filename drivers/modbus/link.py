"""The role of a link: one way to a device, and the five ways it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Protocol, runtime_checkable

from drivers.modbus.entry import Table

EXCEPTION_NAMES: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledge",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}
"""Source: Modbus Application Protocol V1.1b3, 7 (exception codes)."""
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
ACKNOWLEDGE: Final = 5
"""The device has taken the request and is at it: what comes of it, nobody says."""
NO_PATH: Final = 10
"""A gateway has no way to the device: it passed nothing on."""
NO_ANSWER_BEHIND: Final = 11
"""A gateway passed the request on and heard nothing."""
AWAY_BEHIND: Final = frozenset({NO_PATH, NO_ANSWER_BEHIND})
"""Exceptions by which a gateway says that the device behind it does not answer."""


class LinkDown(Exception):
    """There is no connection: nothing left the gateway."""


class NoAnswer(Exception):
    """The request left and nothing came back: a write may or may not have been executed."""


class BadEcho(Exception):
    """What came back does not belong to the request; a write may or may not have been executed."""


class Lapsed(Exception):
    """The write waited for the wire until its validity ended: nothing left the gateway."""


class Broadcast(ValueError):
    """Unit 0 is every device of a line at once, and none of them answers: what they did nobody knows."""

    def __init__(self) -> None:
        super().__init__("unit 0 is a broadcast: no device acknowledges it, so it is never sent")


class DeviceException(Exception):
    """The device, or a gateway before it, answered with an exception.

    That is a refusal, but for three: after `NO_PATH` nothing was passed on, and after `ACKNOWLEDGE` and
    `NO_ANSWER_BEHIND` a write may or may not have been executed.
    """

    def __init__(self, code: int) -> None:
        self.code = code
        self.reason = EXCEPTION_NAMES.get(code, "unknown reason")
        super().__init__(f"exception {code}, {self.reason}")

    @property
    def leaves_open(self) -> bool:
        """Tell whether a write that is answered so may have been executed.

        >>> [DeviceException(code).leaves_open for code in (2, 5, 10, 11)]
        [False, True, False, True]
        """
        return self.code in {ACKNOWLEDGE, NO_ANSWER_BEHIND}


FAILURES: Final = (LinkDown, NoAnswer, BadEcho, DeviceException, Lapsed)
"""Everything a link raises for what happens on the wire."""


def always() -> bool:
    """Stand for a write that never becomes invalid."""
    return True


def refuse_broadcast(unit: int) -> None:
    """Let no request to unit 0 pass.

    Raises:
        Broadcast: it is one. Source: Modbus over Serial Line V1.02, 2.1 (broadcast mode).
    """
    if unit == 0:
        raise Broadcast


@runtime_checkable
class MaskWriter(Protocol):
    """A link that can write some bits of a holding register and leave the others to the device."""

    async def mask_write(
        self, unit: int, address: int, bits: int, mask: int, still_valid: Callable[[], bool] = always
    ) -> None:
        """Write the bits in `mask` as in `bits`, once; return when the device has acknowledged exactly that.

        Raises:
            Broadcast, Lapsed, LinkDown, NoAnswer, BadEcho, DeviceException: as `Link.write`.
        """
        ...


@runtime_checkable
class Settling(Protocol):
    """A link whose wire must be silent for a while after an answer that did not come."""

    def due_s(self, unit: int | None = None) -> float:
        """Return when a request may leave, seconds of the loop: to a unit, or to one that owes no answer."""
        ...


class Link(Protocol):
    """One request at a time to the devices behind one connection. It never repeats a request."""

    async def open(self) -> None:
        """Try to connect; a device that is away is not an error."""
        ...

    async def ready(self, unit: int | None = None) -> None:
        """Connect and let pass by what may still come, so that the next request leaves at once.

        Args:
            unit: that is to be asked next; None asks for a connection only.

        Raises:
            LinkDown: there is no connection, or the wire does not fall silent.
        """
        ...

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        """Return `count` registers, or bits as 0 and 1.

        Raises:
            LinkDown: there is no connection.
            NoAnswer: nothing came back in time; the connection was dropped.
            BadEcho: the answer does not fit; the connection was dropped.
            DeviceException: the device refused.
        """
        ...

    async def write(
        self,
        unit: int,
        table: Table,
        address: int,
        values: Sequence[int],
        still_valid: Callable[[], bool] = always,
    ) -> None:
        """Write registers or bits once; return when the device has acknowledged exactly them.

        Args:
            unit: 1 to 255.
            table: coils or holding registers.
            address: of the first.
            values: registers, or bits as 0 and 1.
            still_valid: asked right before the bytes leave, after all waiting for the wire.

        Raises:
            Broadcast: unit 0 is never written.
            Lapsed: it was no longer valid when its turn came, so nothing was written.
            LinkDown: there is no connection, so nothing was written.
            NoAnswer: whether it was written is not known.
            BadEcho: whether it was written is not known.
            DeviceException: the device refused, or its gateway says what came of it.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
