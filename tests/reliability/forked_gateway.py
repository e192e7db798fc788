"""A gateway in a forked child: composed as in the field, its devices behind a socket to the parent.

It runs in virtual time as fast as it computes, so that a SIGKILL in real time may strike between any two
instructions: in a commit, between commit and write, between write and answer, in the start.
"""

from __future__ import annotations

import asyncio
import os
import socket
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog

from aios.folder import Folder
from aios.gateway.compose import Assembly, Surroundings, assemble
from aios.gateway.past import past_of
from aios.site import site_of
from benchmarks.kill9 import site as kill9_site
from benchmarks.kill9.agent import Restless
from benchmarks.kill9.gateway import CLOSED, OPEN, PULSE_TICKS, SETTLING_TICKS, journal_late
from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, Lapsed, NoAnswer, always
from kernel.command import Command
from kernel.point import NANOSECONDS
from kernel.proposal import Priority, Proposal
from kernel.schedule.loop import ControlLoop
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import step_buses
from kernel.shell.worker import InlineWorkers
from kernel.site import Site
from policies.embedded import EmbeddedGate

TICK_NS: Final = round(kill9_site.TICK_S * NANOSECONDS)
TEXT: Final = (
    kill9_site.site_text({"inverter": 1, "breaker": 2})
    .replace("stale_s = 0.5", "stale_s = 0.12")
    .partition("[[loop]]")[0]
    + "[policies]\n"
    + kill9_site.SITE.partition("[policies]\n")[2]
)
"""The site of the kills without its loop, which is given by hand, and with feedback within 5 ticks."""
SETTLED: Final = 0
FAILED: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """What one life is told."""

    folder: Path
    run: str
    start_ns: int
    settle: bool = False
    """Ask for nothing new, and end when no command is open."""
    sabotage: str = ""
    """`sends_again` or `journals_late`."""


class ParentLink:
    """A Modbus link over a socket to the process that holds the devices."""

    def __init__(self, line: socket.socket, device: str, clock: VirtualClock) -> None:
        self._line = line
        self._device = device
        self._clock = clock

    async def open(self) -> None:
        """There is nothing to connect."""

    async def ready(self) -> None:
        """It always is."""

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        return self._ask("read", table, address, count)

    async def write(
        self, unit: int, table: Table, address: int, values: Sequence[int], still_valid=always
    ) -> None:
        if not still_valid():
            raise Lapsed
        self._ask("write", table, address, list(values))

    async def close(self) -> None:
        """What left goes its way."""

    def _ask(self, what: str, table: Table, address: int, rest: Any) -> list[int]:
        asked = (what, self._device, table.value, address, rest, self._clock.now_ns())
        self._line.send(msgspec.msgpack.encode(asked))
        answer = self._line.recv(4096)
        if not answer:
            raise NoAnswer("the parent is gone")
        said = msgspec.msgpack.decode(answer)
        if isinstance(said, int):
            raise DeviceException(said)
        return list(said)


def live(orders: Orders, line: socket.socket, site: Site, gate: EmbeddedGate) -> None:
    """Live in this process until it is killed, or until everything is settled; never return."""
    code = FAILED
    try:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
        asyncio.run(_live(orders, line, site, gate))
        code = SETTLED
    except BaseException:  # noqa: BLE001 - the parent reads why
        (orders.folder / "failed.txt").write_text(traceback.format_exc(), encoding="utf-8")
    finally:
        os._exit(code)


async def _live(orders: Orders, line: socket.socket, site: Site, gate: EmbeddedGate) -> None:
    clock, folder = VirtualClock(start_ns=orders.start_ns), Folder(root=orders.folder)
    around = Surroundings(
        clock=clock,
        gate=gate,
        workers=InlineWorkers({}, past_of(site, folder.root, clock.now_ns()), clock),
        link=lambda name: ParentLink(line, name, clock),
        threaded=False,
        run=orders.run,
        loops=_no_loops if orders.settle else _restless,
    )
    assembly = assemble(site, TEXT, folder, around)
    _spoil(orders, assembly)
    kernel = assembly.kernel
    for tick in range(100_000):
        await clock.sleep_until(clock.now_ns() + TICK_NS)
        await step_buses(assembly.buses)
        if not orders.settle and tick % PULSE_TICKS == 1:
            _ask_for_a_pulse(assembly)
        await kernel.tick()
        line.send(msgspec.msgpack.encode(("ack", kernel.shell.journal.head)))
        if orders.settle and tick >= SETTLING_TICKS and not kernel.state.in_flight:
            break
    kernel.close()
    assembly.close()


def _restless(site: Site) -> tuple[ControlLoop, ...]:
    period_s = site.base_tick_s
    agent = Restless("restless")
    return (
        ControlLoop(name="restless", agent=agent, period_s=period_s, deadline_s=period_s, priority="control"),
    )


def _no_loops(site: Site) -> tuple[ControlLoop, ...]:
    return ()


def _ask_for_a_pulse(assembly: Assembly) -> None:
    """Ask for the position that the breaker has not, as a person would."""
    kernel = assembly.kernel
    image = kernel.state.image
    position = image.reading(kernel.pipe.site.row["cb1/position"]).usable
    if position in {OPEN, CLOSED}:
        wish = Proposal(
            agent="person:kill9",
            point="cb1/open" if position == CLOSED else "cb1/close",
            priority=Priority.PERSON,
            wanted=1.0,
            reason="the other position is due",
            made_at_ns=image.now_ns,
            expires_at_ns=image.now_ns + NANOSECONDS,
            once=True,
        )
        kernel.inbox.request(wish)


def _spoil(orders: Orders, assembly: Assembly) -> None:
    journal = assembly.kernel.shell.journal
    if orders.sabotage == "journals_late":
        journal_late(journal)
    if orders.sabotage == "sends_again" and not orders.settle:
        for command in journal.open_commands():
            _queue_again(assembly, command)


def _queue_again(assembly: Assembly, command: Command) -> None:
    fresh_ns = assembly.kernel.shell.clock.now_ns() + 100 * TICK_NS
    again = msgspec.structs.replace(command, valid_until_ns=fresh_ns)
    next(bus for bus in assembly.buses if command.point in bus.driver.points).queue(again)


def site_of_the_kills() -> Site:
    """Return the site: an inverter with a sequence register, a breaker without."""
    return site_of(TEXT)
