"""Composition: the one place that chooses implementations and wires them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import structlog

import aios
from aios.folder import Folder
from aios.gateway.agents import loops_of
from aios.gateway.alarms import watch_of
from aios.gateway.buses import buses_of
from aios.gateway.past import charted, past_of
from aios.gateway.safe_set import permit_safe_set
from aios.gateway.take_over import Before, taken_over
from aios.gateway.work import work_left
from aios.outbox.heard import HistoryListener
from aios.outbox.left_behind import left_behind
from aios.outbox.writer import OutboxWriter
from aios.plugins import origin_of
from aios.shelf.in_force import bundle_in_force
from drivers.historian.outbox import Outbox
from drivers.modbus.link import Link
from edge.desk import Desk, Face
from kernel.capability import Stored
from kernel.confidence import Calibration
from kernel.instruction import BundleAct, subject
from kernel.journal.calibrations import KINDS, calibrations_left
from kernel.journal.commands import CommandJournal
from kernel.journal.in_force import in_force
from kernel.journal.lane import LaneMaker
from kernel.journal.left_open import kind_and_subject, left_open
from kernel.journal.notary import Notary
from kernel.journal.projection import fields_now
from kernel.journal.recorder import Recorder, RunHeader
from kernel.journal.signing import Signer
from kernel.journal.written import operations
from kernel.pipe.calls import newest, restored
from kernel.pipe.feedback import lost_at_restart, recovered
from kernel.pipe.format import FORMAT
from kernel.pipe.operations import KEPT_NS, counted_points
from kernel.pipe.pipe import Pipe
from kernel.point import Operation
from kernel.ports import Clock, Gate
from kernel.schedule.loop import ControlLoop
from kernel.schedule.reservation import Reservation
from kernel.shell.bus import Bus
from kernel.shell.clock import stopwatch_ns
from kernel.shell.kernel import Kernel, Shell, TickListener
from kernel.shell.worker import Workers
from kernel.site import Site
from policies.bundle import PolicyBundle, load_bundle
from policies.envelope import Envelope, sum_interval

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What differs between a gateway in the field and one under the virtual clock."""

    clock: Clock
    gate: Gate
    workers: Workers
    link: Callable[[str], Link | None]
    """Link of a device by name; None means its own protocol's wire."""
    threaded: bool
    run: str
    """Name of the run."""
    trial: BundleAct | None = None
    """The act by which policies are tried that goes on from the life before; None where none does."""
    reservation: Reservation | None = None
    """What admission has set aside; None where nothing was admitted, as under the virtual clock."""
    durable: bool = True
    """Whether the command journal and the outbox must survive a power cut."""
    open_journal: Callable[[Path], CommandJournal] | None = None
    """Opens the command journal; None means the real one. A simulation gives one on a disk with faults."""
    lane: LaneMaker | None = None
    """Who waits for a disk; None means threads where `threaded`, else nobody."""
    loops: Callable[[Site], tuple[ControlLoop, ...]] | None = None
    """Makes the control loops; None means from the entry points that the site names."""
    before: Before | None = None
    """Where an earlier life of this process stood; None at a start."""
    stopwatch_ns: Callable[[], int] = stopwatch_ns
    """Real time, nanoseconds, for costs and statistics; a simulation gives its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A gateway's parts, ready to live."""

    site: Site
    kernel: Kernel
    buses: tuple[Bus, ...]
    desk: Desk
    outbox: HistoryListener
    alarms: frozenset[str]
    """Ids of the alarms that people may act on."""

    def close(self) -> None:
        """Let go of what the kernel does not close itself."""
        self.outbox.close()


def pipe_of(
    site: Site,
    *,
    run: str,
    revision: str,
    format: int = FORMAT,  # noqa: A002
    loops: tuple[ControlLoop, ...] | None = None,
) -> Pipe:
    """Make the pipe of a site; a replay gives the format of its recording."""
    envelope = Envelope(site)
    limits = {point.name: envelope.interval(point.name) for point in site.writable}
    limits |= {one.name: sum_interval(site, one) for one in site.sums}
    own = loops_of(site) if loops is None else loops
    return Pipe(site, own, limits=limits, run=run, revision=revision, format=format)


def bundle_of(site: Site) -> PolicyBundle:
    """Load the policies that a site names."""
    return load_bundle(site.policies, site)


def assemble(
    site: Site, text: str, folder: Folder, around: Surroundings, listeners: tuple[TickListener, ...] = ()
) -> Assembly:
    """Wire a gateway: journal and recorder, buses, pipe and kernel, the desk and the outbox."""
    bundle, now_ns = bundle_in_force(site, folder), around.clock.now_ns()
    safe_set = permit_safe_set(site, bundle, now_ns=now_ns)
    loops = None if around.loops is None else around.loops(site)
    pipe = pipe_of(site, run=around.run, revision=bundle.revision, loops=loops)
    past = past_of(site, folder.root, now_ns)
    journal = _journal(site, folder, around)
    recorder = Recorder(folder.recorder, _header(site, text, around, bundle, now_ns))
    buses = buses_of(site, around.clock, around.link)
    desk = Desk(_face(site, bundle), charted(site, past))
    outbox = HistoryListener(_writer(site, folder, around), live=around.threaded)
    outbox.tell(left_behind(journal, folder.outbox))
    alarms, standing = watch_of(site, journal)
    shell = Shell(
        clock=around.clock,
        gate=around.gate,
        buses=buses,
        workers=around.workers,
        journal=journal,
        recorder=recorder,
        listeners=(desk, outbox, alarms, *listeners),
        threaded=around.threaded,
        lane=around.lane,
        stopwatch_ns=around.stopwatch_ns,
    )
    stored = journal.stored()
    open_commands = recovered(journal.open_commands(), now_ns=now_ns)
    told = in_force(journal.told(), now_ns=now_ns)
    numbered = [point.name for point in site.writable if point.writing and point.writing.sequence]
    setpoints = [p.name for p in site.writable if p.writing and p.writing.operation is Operation.SETPOINT]
    state = pipe.begin(
        past,
        now_ns=now_ns,
        in_flight=open_commands,
        sequences=journal.last_sequences(numbered),
        before=journal.last_setpoints(setpoints),
        written=journal.set_points(setpoints),
        modes=told.modes,
        overrides=told.overrides,
        operated=operations(journal.bodies(), counted_points(site), since_ns=now_ns - KEPT_NS),
    )
    kept: dict[str, Any] = {"suspended": told.suspended, "agencies": restored(stored), "alarms": standing}
    kept |= {"dispatches": work_left(journal), "hand_over": told.hand_over, "trial": around.trial}
    kept["calibrations"] = _calibrations(site, journal)
    state = taken_over(msgspec.structs.replace(state, **kept), site, around.before)
    journal.note("opened", around.run, _opened(site, bundle, open_commands), at_ns=now_ns)
    journal.note("safe_set", around.run, safe_set, at_ns=now_ns)
    for line in _going_on(stored, kept):
        journal.note(*line, at_ns=now_ns)
    for over in left_open(journal.asked(), now_ns=now_ns, asked=state.asked, requests=state.requests):
        journal.note(*kind_and_subject(over), over, at_ns=now_ns)
    for ended in told.ended:
        journal.note("lapsed", subject(ended), ended, at_ns=now_ns)
    lost = lost_at_restart(open_commands, now_ns=now_ns)
    kernel = Kernel(pipe, shell, state, reports=lost, reservation=around.reservation)
    alarms.publish = kernel.inbox.publish
    return Assembly(site=site, kernel=kernel, buses=buses, desk=desk, outbox=outbox, alarms=alarms.answerable)


def _going_on(stored: Iterable[Stored], kept: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield what the journal of the new run says again, so that an older one may be cut."""
    yield from (("stored", one.agent, one) for one in newest(stored))
    for kind, of_state in (("alarm", "alarms"), ("dispatch", "dispatches"), ("calibration", "calibrations")):
        yield from ((kind, name, one) for name, one in kept[of_state].items())


def notary_of(site: Site, folder: Folder) -> Notary:
    """Make what signs the journal of a gateway; its key is made at the first start."""
    signer = Signer.at(folder.key)
    log.info("journal checkpoints are signed", public_key=signer.public_key)
    target = Path(site.journal.checkpoints) if site.journal.checkpoints else None
    return Notary(signer, folder=target, keep_days=site.journal.keep_days)


def _writer(site: Site, folder: Folder, around: Surroundings) -> OutboxWriter:
    """Open the outbox; it waits for the disk as the command journal does."""
    outbox = Outbox(folder.outbox, site.points, durable=around.durable)
    return OutboxWriter(outbox, threaded=around.threaded)


def _journal(site: Site, folder: Folder, around: Surroundings) -> CommandJournal:
    if around.open_journal is not None:
        return around.open_journal(folder.commands)
    notary = notary_of(site, folder) if around.durable else None
    return CommandJournal(folder.commands, durable=around.durable, notary=notary)


def _header(site: Site, text: str, around: Surroundings, bundle: PolicyBundle, now_ns: int) -> RunHeader:
    return RunHeader(
        run=around.run,
        version=aios.__version__,
        site=text,
        site_digest=site.digest,
        folder=site.folder,
        revision=bundle.revision,
        start_ns=now_ns,
        clock=around.clock.state(),
        fields=fields_now(),
        policies=msgspec.json.encode(bundle).decode(),
    )


def _makers(site: Site) -> dict[str, str]:
    """Name kind and origin of each agent."""
    return {loop.agent: f"{loop.kind}, {origin_of(loop.kind)}" for loop in site.loops}


def _calibrations(site: Site, journal: CommandJournal) -> dict[str, Calibration]:
    """Return what calibrates the agents of a site."""
    return calibrations_left(journal.of_kinds(KINDS, after=0, most=sys.maxsize), _makers(site))


def _opened(site: Site, bundle: PolicyBundle, open_commands: Mapping[str, Any]) -> dict[str, Any]:
    """Say what a run begins with."""
    return {
        "version": aios.__version__,
        "site": site.name,
        "site_digest": site.digest,
        "policies": list(bundle.names),
        "policy_revision": bundle.revision,
        "agents": _makers(site),
        "open_commands": sorted(open_commands),
    }


def _face(site: Site, bundle: PolicyBundle) -> Face:
    of_demand = [loop.settings for loop in site.loops if "demand_point" in loop.settings]
    settings = next((one for one in of_demand if "limit_kw" in one), next(iter(of_demand), {}))
    limit = settings.get("limit_kw")
    return Face(
        site=site,
        version=aios.__version__,
        revision=bundle.revision,
        rules=bundle.names,
        demand_limit_kw=float(limit) if isinstance(limit, int | float) else None,
        demand_point=str(settings.get("demand_point", "")),
    )
