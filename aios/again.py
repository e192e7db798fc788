"""Again: a recorded run, its pipe and its policies built anew from what the recorder kept."""

from __future__ import annotations

from pathlib import Path

import msgspec

from aios.compose import bundle_of, pipe_of
from aios.folder import Folder
from aios.site import site_of
from kernel.journal.commands import CommandJournal
from kernel.journal.encoding import state_of
from kernel.journal.recorder import Recording, RunHeader
from kernel.journal.replay import Difference, ReplayReport, replay
from kernel.pipe.format import READABLE
from kernel.site import Site
from kernel.testing import EmptyPast
from policies.embedded import EmbeddedGate


class NothingRecorded(LookupError):
    """There is no such run in the recording."""


async def replay_run(root: Path, run: str = "") -> ReplayReport:
    """Replay a run, the newest if none is named, with the policies that were in force.

    Raises:
        FileNotFoundError: the folder holds no recording.
        NothingRecorded: it has no such run, no tick of it, or a format this version does not know.
    """
    recording = Recording(Folder(root=root).recorder)
    try:
        header = _header(recording, run)
        site = site_of(header.site, format=header.format)
        bundle = bundle_of(site)
        pipe = pipe_of(site, run=header.run, revision=header.revision, format=header.format)
        kept = recording.first_state(header.run)
        types = {
            loop.name: type(loop.agent.start(EmptyPast(header.start_ns)))
            for loop in pipe.loops
            if not loop.in_worker
        }
        gate = EmbeddedGate(bundle) if bundle.revision == header.revision else None
        report = await replay(pipe, state_of(kept, types), recording.ticks(header.run), gate=gate)
    finally:
        recording.close()
    if not report.ticks and not report.differences:
        raise NothingRecorded(f"the recording has no tick of run {header.run} to decide again")
    return report if gate is not None else _with_changed_policies(report, header, bundle.revision, site)


def _header(recording: Recording, run: str) -> RunHeader:
    headers = [h for h in recording.runs() if not run or h.run == run]
    if not headers:
        raise NothingRecorded(f"the recording has no run {run}" if run else "the recording has no run")
    if headers[-1].format not in READABLE:
        this = f"this version reads {READABLE[0]} to {READABLE[-1]}"
        raise NothingRecorded(f"run {headers[-1].run} has format {headers[-1].format}, {this}")
    return headers[-1]


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
