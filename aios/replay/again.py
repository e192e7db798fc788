"""Again: a recorded run, its pipe and its policies built anew from what the recorder kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from aios.folder import Folder
from aios.gateway.agents import loops_of
from aios.gateway.compose import bundle_of, pipe_of
from aios.site import site_of
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import StateRecord, TickRecord, state_of
from kernel.journal.policies_kept import policies_kept
from kernel.journal.recorder import Recording, RunHeader, fields_of
from kernel.journal.replay import Difference, ReplayReport, replay
from kernel.pipe.format import READABLE
from kernel.pipe.pipe import Pipe
from kernel.pipe.state import PipeState
from kernel.ports import Agent
from kernel.site import Site
from kernel.testing import EmptyPast
from policies.bundle import PolicyBundle
from policies.changing import ChangingGate
from policies.embedded import EmbeddedGate


class NothingRecorded(LookupError):
    """There is no such run in the recording."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """A recorded run, ready to be decided again."""

    header: RunHeader
    site: Site
    bundle: PolicyBundle
    """The policies of then, where the recording holds them; else those that are installed."""
    pipe: Pipe
    state: PipeState
    """Where its decisions begin."""
    later: tuple[PolicyBundle, ...] = ()
    """Policies that came into force while it went on."""

    @property
    def gate(self) -> ChangingGate | None:
        """The policies of then; None where they are not at hand."""
        if self.bundle.revision != self.header.revision:
            return None
        gate = ChangingGate(EmbeddedGate(self.bundle))
        for bundle in self.later:
            gate.add(EmbeddedGate(bundle))
        return gate


def rebuilt(
    header: RunHeader,
    kept: StateRecord,
    *,
    replaced: Mapping[str, Agent] | None = None,
    foreign: frozenset[str] = frozenset(),
    policies: Mapping[str, str] | None = None,
) -> Rebuilt:
    """Build the pipe of a recorded run again.

    Args:
        header: of the run.
        kept: the state to begin from.
        replaced: agents that stand in for those of the site, by name.
        foreign: agents whose kept states are of no use: they begin with states of their own.
        policies: bundles that came into force while the run went on, as JSON by revision.

    Raises:
        NothingRecorded: the run has a format that this version does not know.
    """
    _known(header)
    site = site_of(header.site, folder=Path(header.folder), format=header.format)
    stored = msgspec.json.decode(header.policies, type=PolicyBundle) if header.policies else None
    loops = tuple(replace(loop, agent=(replaced or {}).get(loop.name, loop.agent)) for loop in loops_of(site))
    pipe = pipe_of(site, run=header.run, revision=header.revision, format=header.format, loops=loops)
    past = EmptyPast(header.start_ns)
    types = {loop.name: type(loop.agent.start(past)) for loop in pipe.loops if not loop.in_worker}
    usable = {name: body for name, body in kept.agents.items() if name not in foreign}
    starts = {name: body for name, body in kept.starts.items() if name not in foreign}
    state = state_of(msgspec.structs.replace(kept, agents=usable, starts=starts), types)
    later = tuple(msgspec.json.decode(body, type=PolicyBundle) for body in (policies or {}).values())
    bundle = stored or bundle_of(site)
    return Rebuilt(header=header, site=site, bundle=bundle, pipe=pipe, state=state, later=later)


async def replay_run(root: Path, run: str = "") -> ReplayReport:
    """Replay a run, the newest if none is named, with the policies that were in force.

    Raises:
        FileNotFoundError: the folder holds no recording.
        NothingRecorded: it has no such run, no tick of it, or a format this version does not know.
    """
    recording = Recording(Folder(root=root).recorder)
    try:
        header = carried(header_of(recording, run), root)
        policies = policies_kept(Folder(root=root).recorder)
        state, ticks = recording.first_state(header.run), recording.ticks(header.run)
        return await replay_kept(header, state, ticks, policies)
    finally:
        recording.close()


async def replay_kept(
    header: RunHeader,
    kept: StateRecord,
    ticks: Iterable[TickRecord],
    policies: Mapping[str, str] | None = None,
) -> ReplayReport:
    """Replay what was kept of a run.

    Raises:
        NothingRecorded: there is no tick, or the run has a format this version does not know.
    """
    again = rebuilt(header, kept, policies=policies)
    gate = again.gate
    report = await replay(again.pipe, again.state, ticks, gate=gate, fields=fields_of(header))
    if not report.ticks and not report.differences:
        raise NothingRecorded(f"the recording has no tick of run {header.run} to decide again")
    if gate is not None:
        return report
    return _with_changed_policies(report, header, again.bundle.revision, again.site)


def header_of(recording: Recording, run: str) -> RunHeader:
    """Return the header of a run, of the newest where none is named.

    Raises:
        NothingRecorded: there is no such run, or it has a format this version does not know.
    """
    headers = [h for h in recording.runs() if not run or h.run == run]
    if not headers:
        raise NothingRecorded(f"the recording has no run {run}" if run else "the recording has no run")
    _known(headers[-1])
    return headers[-1]


def carried(header: RunHeader, root: Path) -> RunHeader:
    """Return a header whose site finds its maps and agents after the gateway's folder was moved.

    A simulated run carries them along; those of a gateway in the field stay where its site file lies.
    """
    own = Folder(root=root).site
    if Path(header.folder).is_dir() or not own.is_dir():
        return header
    return msgspec.structs.replace(header, folder=str(own))


def _known(header: RunHeader) -> None:
    if header.format not in READABLE:
        this = f"this version reads {READABLE[0]} to {READABLE[-1]}"
        raise NothingRecorded(f"run {header.run} has format {header.format}, {this}")


def _with_changed_policies(
    report: ReplayReport, header: RunHeader, revision: str, site: Site
) -> ReplayReport:
    """Say that the policies were not asked again: those installed are not those of the run."""
    text = f"policies of {site.name} were {header.revision} then, {revision} now: verdicts were taken as kept"
    difference = Difference(tick=-1, what="policies", detail=text)
    return msgspec.structs.replace(report, judged=0, differences=(*report.differences, difference))


def missing_at_the_end(root: Path, report: ReplayReport) -> int:
    """Return how many ticks the journal knows of after the last one that was recorded.

    The recorder writes batches: what it held when the gateway was killed cannot be decided again.
    """
    folder = Folder(root=root)
    if not folder.commands.exists():
        return 0
    journal = CommandJournal(folder.commands, read_only=True)
    try:
        return max(0, journal.last_tick(report.run) - report.last_tick)
    finally:
        journal.close()
