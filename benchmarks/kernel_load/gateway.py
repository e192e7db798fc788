"""A gateway's kernel around the substation of the benchmarks, wired as `aios run` wires it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aios.outbox.heard import HistoryListener
from aios.outbox.writer import OutboxWriter
from benchmarks.kernel_load.agents import Dispatcher, Trivial
from benchmarks.kernel_load.field import drivers
from drivers.historian.outbox import Outbox
from edge.desk import Desk, Face
from kernel.journal.commands import CommandJournal
from kernel.journal.recorder import Recorder, RunHeader
from kernel.pipe.pipe import Pipe
from kernel.ports import Clock, Gate
from kernel.schedule.loop import ControlLoop
from kernel.shell.bus import Bus
from kernel.shell.kernel import Kernel, Shell, TickListener
from kernel.shell.worker import Workers
from kernel.site import Site
from kernel.testing import EmptyPast
from policies.envelope import Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class Wired:
    """A kernel with what it is wired to."""

    kernel: Kernel
    buses: tuple[Bus, ...]
    outbox: HistoryListener
    desk: Desk

    def close(self) -> None:
        """End in order."""
        self.kernel.close()
        self.outbox.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a benchmark chooses."""

    site: Site
    clock: Clock
    gate: Gate
    workers: Workers
    loops: tuple[ControlLoop, ...]
    folder: Path
    live: bool
    """Threads for the disks, and a journal that survives a power cut."""
    in_memory: bool = False
    """Journal and recorder in memory."""
    devices: int = 1


def wire(setting: Setting, listeners: Sequence[TickListener] = ()) -> Wired:
    """Build the kernel with journal, recorder, desk and outbox."""
    site, clock, revision = setting.site, setting.clock, setting.gate.revision
    envelope = Envelope(site)
    limits = {point.name: envelope.interval(point.name) for point in site.writable}
    pipe = Pipe(site, setting.loops, limits=limits, run="load", revision=revision)
    memory = Path(":memory:")
    header = RunHeader(
        run="load",
        version="0",
        site="",
        site_digest=site.digest,
        revision=revision,
        start_ns=clock.now_ns(),
        clock=clock.state(),
    )
    desk = Desk(Face(site=site, version="0", revision=revision, rules=site.policies), {})
    writer = OutboxWriter(Outbox(setting.folder / "outbox", site.points), threaded=setting.live)
    outbox = HistoryListener(writer, live=setting.live)
    buses = tuple(Bus(driver, clock) for driver in drivers(site, clock, count=setting.devices))
    shell = Shell(
        clock=clock,
        gate=setting.gate,
        buses=buses,
        workers=setting.workers,
        journal=CommandJournal(
            memory if setting.in_memory else setting.folder / "commands.db", durable=setting.live
        ),
        recorder=Recorder(memory if setting.in_memory else setting.folder / "recorder.db", header),
        listeners=(desk, outbox, *listeners),
        threaded=setting.live,
    )
    state = pipe.begin(EmptyPast(clock.now_ns()), now_ns=clock.now_ns())
    return Wired(kernel=Kernel(pipe, shell, state), buses=buses, outbox=outbox, desk=desk)


def trivial_loops(site: Site, count: int) -> tuple[ControlLoop, ...]:
    """Make loops whose agents read five points each and want nothing."""
    names = [point.name for point in site.points]
    return tuple(
        _loop(f"trivial{n}", Trivial(f"trivial{n}", tuple(names[5 * n : 5 * n + 5])), site)
        for n in range(count)
    )


def dispatch_loops(site: Site, count: int) -> tuple[ControlLoop, ...]:
    """Share the writable points among so many loops, each of which changes its own in every tick."""
    names, loops = [point.name for point in site.writable], []
    for n in range(count):
        mine = tuple(names[n::count])
        reads = tuple(name.replace("_setpoint", "") for name in mine)
        loops.append(_loop(f"dispatch{n}", Dispatcher(f"dispatch{n}", reads, mine), site))
    return tuple(loops)


def _loop(name: str, agent: Trivial | Dispatcher, site: Site) -> ControlLoop:
    period_s = site.base_tick_s
    return ControlLoop(name=name, agent=agent, period_s=period_s, deadline_s=period_s, priority="control")
