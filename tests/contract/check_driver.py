"""What every driver must do: one row a point whatever happens, and each command at most once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from kernel.command import Command, Sent, Transmission
from kernel.measurement import Block
from kernel.ports import Clock, Driver
from kernel.quality import VALIDITY, is_good


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverCase:
    """A driver with its device, and how the device can be taken away."""

    driver: Driver
    clock: Clock
    rows: Sequence[int]
    """Rows of the driver's points in the site's point table."""
    command: Command | None
    """A command that the device takes; None where it takes none."""
    forbidden: Command | None
    """One that never reaches the device: it cannot be put into its registers."""
    executed: Callable[[], int]
    """How many writes the device has executed."""
    vanish: Callable[[], Awaitable[None]]
    """Takes the device away."""
    appear: Callable[[], Awaitable[None]]
    """Gives it back."""


async def check_driver(case: DriverCase) -> None:
    """Hold a driver to its contract; an AssertionError says which part it breaks."""
    assert case.driver.name, "a driver has a name"
    assert len(set(case.driver.points)) == len(case.driver.points), "no point twice"
    await case.vanish()
    await case.driver.open()
    try:
        await check_away(case)
        await case.appear()
        first = await check_present(case)
        await check_writes(case)
        await case.vanish()
        lost = await check_away(case)
        assert np.array_equal(lost.at_ns, np.minimum(lost.at_ns, case.clock.now_ns())), (
            "no row from the future"
        )
        await check_silent_write(case)
        await case.appear()
        back = await check_present(case)
        assert (back.at_ns >= first.at_ns).all(), "time of a row never goes back"
    finally:
        await case.driver.close()
        await case.driver.close()


async def read(case: DriverCase) -> Block:
    """A reading has one row a point, in order, never a NaN, with both times."""
    before_ns = case.clock.now_ns()
    block = await case.driver.read()
    assert block.index.tolist() == list(case.rows), "one row a point, in the order of the points"
    arrays = (block.value, block.quality, block.at_ns, block.available_at_ns)
    assert [array.shape for array in arrays] == [(len(case.rows),)] * 4
    assert [str(array.dtype) for array in arrays] == ["float64", "uint16", "int64", "int64"]
    assert np.isfinite(block.value).all(), "a hole is a quality, never a NaN"
    assert (block.available_at_ns >= before_ns).all(), "a reading is known when it has arrived"
    assert (block.at_ns <= block.available_at_ns).all(), "nothing is known before it happens"
    return block


async def check_present(case: DriverCase) -> Block:
    """A device that answers gives good rows of now."""
    before_ns = case.clock.now_ns()
    block = await read(case)
    assert all(is_good(int(quality)) for quality in block.quality), block.quality
    assert (block.at_ns >= before_ns).all(), "a fresh reading is of now"
    return block


async def check_away(case: DriverCase) -> Block:
    """A device that is away gives invalid rows, and raises nothing."""
    block = await read(case)
    assert ((block.quality & VALIDITY) == 1).all(), "nothing of a device that is away counts as read"
    return block


async def check_writes(case: DriverCase) -> None:
    """A command is executed once, and what cannot be sent is not."""
    if case.command is not None:
        before = case.executed()
        sent = await write(case, case.command)
        assert sent.transmission is Transmission.WRITTEN, sent.detail
        assert case.executed() == before + 1, "once"
    if case.forbidden is not None:
        before = case.executed()
        sent = await write(case, case.forbidden)
        assert sent.transmission in {Transmission.NOT_SENT, Transmission.REFUSED}
        assert case.executed() == before, "not at all"


async def check_silent_write(case: DriverCase) -> None:
    """A write to a device that is away is reported, not repeated, and not said to be written."""
    if case.command is None:
        return
    before = case.executed()
    sent = await write(
        case, msgspec.structs.replace(case.command, id="silent", sequence=next_number(case.command))
    )
    assert sent.transmission in {Transmission.NOT_SENT, Transmission.NO_ANSWER}, "nobody acknowledged it"
    assert case.executed() <= before, "and it is not sent later"


def next_number(command: Command) -> int | None:
    return None if command.sequence is None else command.sequence + 1


async def write(case: DriverCase, command: Command) -> Sent:
    """Every write is reported under its own id, with the time of its report."""
    before_ns = case.clock.now_ns()
    sent = await case.driver.write(command)
    assert sent.command == command.id
    assert sent.at_ns >= before_ns
    assert sent.detail or sent.transmission is Transmission.WRITTEN, "what went wrong is said"
    return sent
