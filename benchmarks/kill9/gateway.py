"""The gateway of the kills: composed as by `aios run`, with its gate inline so that it starts fast.

Two sabotaged gateways stand beside it, so that the judge can be shown to see.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, Literal

import uvloop

from aios.folder import Folder
from aios.gateway.agents import crew_of
from aios.gateway.compose import Assembly, Surroundings, assemble, bundle_of
from aios.gateway.life import run_name
from aios.gateway.past import past_of
from aios.site import site_of
from benchmarks.kill9.site import TICK_S, install_agent
from edge.gateway import Gateway
from kernel.journal.commands import CommandJournal
from kernel.pipe.tick import Decided, Inputs, Outputs
from kernel.point import NANOSECONDS
from kernel.proposal import Priority, Proposal
from kernel.shell.clock import ScaledClock
from kernel.shell.kernel import Kernel
from kernel.shell.worker import InlineWorkers
from policies.embedded import EmbeddedGate

Sabotage = Literal["", "sends_again", "journals_late"]
CLOSED: Final = 2.0
OPEN: Final = 1.0
PULSE_TICKS: Final = 4
"""A person asks for a pulse this often."""
SETTLING_TICKS: Final = 40
"""A settling gateway lives at least so long: longer than any command takes to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What one life of the gateway is told."""

    text: str
    """Of the site file."""
    folder: Path
    start_ns: int
    epoch_ns: int
    """Reading of the machine's monotonic clock at `start_ns`: all processes agree on the time."""
    settle: bool = False
    """Ask for nothing new, and end when no command is open."""
    sabotage: Sabotage = ""


class Person:
    """Asks for a pulse every few ticks, and in a settling life for the end instead."""

    def __init__(self) -> None:
        self.gateway: Gateway | None = None
        self.settle = False

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Look at the breaker and ask for its other position."""
        assert self.gateway is not None  # set before the first tick
        if self.settle:
            if inputs.tick >= SETTLING_TICKS and not decided.state.in_flight:
                self.gateway.stop()
        elif inputs.tick % PULSE_TICKS == 1:
            self._ask(self.gateway.kernel, decided)

    @staticmethod
    def _ask(kernel: Kernel, decided: Decided) -> None:
        image = decided.state.image
        position = image.reading(kernel.pipe.site.row["cb1/position"]).usable
        if position not in {OPEN, CLOSED}:
            return
        kernel.inbox.request(
            Proposal(
                agent="person:kill9",
                point="cb1/open" if position == CLOSED else "cb1/close",
                priority=Priority.PERSON,
                wanted=1.0,
                reason="the other position is due",
                made_at_ns=image.now_ns,
                expires_at_ns=image.now_ns + NANOSECONDS,
                once=True,
            )
        )


def live(life: Life, ready: Connection) -> None:
    """Live until killed, or until everything is settled."""
    with (life.folder / "gateway.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    install_agent(life.folder)
    uvloop.run(_live(life, ready))


async def _live(life: Life, ready: Connection) -> None:
    site = site_of(life.text)
    clock = ScaledClock(start_ns=life.start_ns, factor=1.0, real_start_ns=life.epoch_ns)
    now_ns, folder, person = clock.now_ns(), Folder(root=life.folder), Person()
    around = Surroundings(
        clock=clock,
        gate=EmbeddedGate(bundle_of(site)),
        workers=InlineWorkers(crew_of(site), past_of(site, folder.root, now_ns), clock),
        link=lambda _: None,
        threaded=True,
        run=run_name(site, now_ns),
    )
    left_open = _sabotaged_start(life, folder)
    assembly = assemble(site, life.text, folder, around, (person,))
    if life.sabotage == "journals_late":
        journal_late(assembly.kernel.shell.journal)
    _send_again(assembly, left_open)
    person.gateway = Gateway(assembly.kernel, assembly.buses, assembly.desk, folder.socket)
    person.settle = life.settle
    ready.send("ready")
    await person.gateway.run()
    assembly.close()


def journal_late(journal: CommandJournal) -> None:
    """Sabotage: make a tick durable only when the next one comes, after its commands were written."""
    held: list[Outputs] = []
    append = journal.append

    def late(outputs: Outputs) -> None:
        if held:
            append(held.pop())
        held.append(outputs)

    journal.append = late  # type: ignore[method-assign]


def _sabotaged_start(life: Life, folder: Folder) -> CommandJournal | None:
    if life.sabotage != "sends_again" or life.settle or not folder.commands.exists():
        return None
    return CommandJournal(folder.commands, read_only=True)


def _send_again(assembly: Assembly, journal: CommandJournal | None) -> None:
    """Sabotage: queue every command once more that the life before left open, as if that were safe."""
    if journal is None:
        return
    for command in journal.open_commands():
        fresh = assembly.kernel.shell.clock.now_ns() + round(100 * TICK_S * NANOSECONDS)
        again = type(command)(
            **{name: getattr(command, name) for name in command.__struct_fields__} | {"valid_until_ns": fresh}
        )
        bus = next(bus for bus in assembly.buses if command.point in bus.driver.points)
        bus.queue(again)
    journal.close()
