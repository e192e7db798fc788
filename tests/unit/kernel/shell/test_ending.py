"""A clean stop leaves nothing open that never left, and says in the journal that the run is over."""

from __future__ import annotations

from pathlib import Path

import msgspec

from kernel.command import Command, Outcome, Receipt, Transmission
from kernel.journal.chain import verify
from kernel.pipe.feedback import lost_at_restart, recovered, settle
from kernel.point import Operation
from tests.unit.kernel.conftest import BATTERY, BREAKER, S, make_site
from tests.unit.kernel.shell.test_kernel import Plant
from tests.unit.kernel.ticking import Line


async def test_queued_commands_expire_unsent_and_the_run_is_closed(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    await plant.run(1, meter=80.0)
    assert plant.driver.writes == []
    await plant.kernel.end()
    assert [(r.outcome, r.detail) for r in plant.receipts()] == [
        (Outcome.EXPIRED, "never sent: the gateway was stopped")
    ]
    assert plant.journal.open_commands() == ()
    entries = list(plant.journal.entries())
    assert entries[-1].kind == "closed"
    assert verify(entries) == ()
    await plant.bus.flush()
    assert plant.driver.writes == []
    plant.kernel.close()


async def test_a_bus_that_has_ended_takes_no_command_any_more(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    plant.bus.end("the gateway was stopped")
    plant.bus.queue(old(BATTERY, 30.0))
    await plant.bus.flush()
    assert plant.driver.writes == []
    (sent,) = plant.bus.take()[1]
    assert (sent.transmission, sent.detail) == (Transmission.EXPIRED, "the gateway was stopped")


async def test_what_was_on_the_wire_stays_open_for_the_next_run(tmp_path: Path) -> None:
    plant = Plant(tmp_path)
    await plant.run(1, meter=80.0)
    plant.driver.answer = Transmission.NO_ANSWER
    await plant.bus.flush()
    await plant.kernel.end()
    assert [c.point for c in plant.journal.open_commands()] == [BATTERY]
    plant.kernel.close()


def old(point: str, value: float) -> Command:
    return Command(
        id="old-1-0", trace="t", point=point, value=value, tick=1, issued_at_ns=0, valid_until_ns=10 * S,
        operation=Operation.PULSE if point == BREAKER else Operation.SETPOINT, authority="gate",
        revision="test", reason="r",
    )  # fmt: skip


def end_of(command: Command, *, began_ns: int) -> Receipt | None:
    """Settle a command of a run before, on a device that happens to show its value."""
    line = Line()
    line.values[BATTERY] = command.value
    line.tick()
    open_commands = recovered([command], now_ns=began_ns)
    reports = lost_at_restart(open_commands, now_ns=line.state.image.now_ns)
    _, receipts = settle(make_site(), open_commands, reports, line.state.image)
    return receipts[0] if receipts else None


def test_a_command_whose_validity_was_long_over_is_not_taken_for_what_is_read_back_now() -> None:
    receipt = end_of(old(BATTERY, 30.0), began_ns=1000 * S)
    assert receipt is not None
    assert receipt.outcome is Outcome.UNKNOWN
    assert "before this run began" in receipt.detail


def test_a_command_that_was_valid_when_the_run_began_is_resolved_by_reading_back() -> None:
    receipt = end_of(msgspec.structs.replace(old(BATTERY, 30.0), valid_until_ns=2000 * S), began_ns=1000 * S)
    assert receipt is not None
    assert receipt.outcome is Outcome.DONE
