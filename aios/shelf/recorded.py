"""Recorded requests: what the gate was asked in the newest recorded day, to be judged again by others."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from aios.folder import Folder
from aios.replay.again import carried, rebuilt
from aios.replay.what_if import as_recorded
from kernel.journal.encoding import TickRecord
from kernel.journal.newest import last_ns
from kernel.journal.recorder import Recording, RunHeader
from kernel.pipe.format import READABLE
from kernel.pipe.pipe import Pipe
from kernel.pipe.tick import Draft
from kernel.point import NANOSECONDS
from kernel.ports import GateRequest
from policies.bundle import PolicyBundle
from policies.embedded import EmbeddedGate
from policies.shadow import Compared, Comparison

DAY_NS: Final = 86_400 * NANOSECONDS


async def compared_on_record(root: Path, active: PolicyBundle, candidate: PolicyBundle) -> Compared:
    """Put every request of the newest recorded day to two bundles, both over the facts of today.

    Args:
        root: folder of a gateway; one that has recorded nothing gives a comparison of nothing.
        active: by which it judges.
        candidate: that is to take its place.

    Raises:
        RecordingDamaged: a stretch cannot be read.
    """
    one, other = EmbeddedGate(active), EmbeddedGate(candidate)
    comparison = Comparison(active=active.revision, candidate=candidate.revision)
    try:
        async for requests in recorded_requests(root):
            comparison.ticks += 1
            for request in requests:
                comparison.hear(request, await one.judge(request), await other.judge(request))
    finally:
        one.rest()
        other.rest()
    return comparison.result()


async def recorded_requests(root: Path) -> AsyncIterator[tuple[GateRequest, ...]]:
    """Yield for each recorded tick of the newest day what the gate was asked: nothing, once or twice."""
    path = Folder(root=root).recorder
    if not path.exists():
        return
    recording = Recording(path)
    try:
        headers = [header for header in recording.runs() if header.format in READABLE]
        newest_ns = max((_last_ns(path, header) for header in headers), default=0)
        for header in headers:
            if _last_ns(path, header) > newest_ns - DAY_NS:
                async for requests in _of_run(recording, carried(header, root), newest_ns - DAY_NS):
                    yield requests
    finally:
        recording.close()


async def _of_run(
    recording: Recording, header: RunHeader, since_ns: int
) -> AsyncIterator[tuple[GateRequest, ...]]:
    try:
        again = rebuilt(header, recording.first_state(header.run))
    except LookupError:  # a run that was killed before it kept a state
        return
    async for inputs, draft, _, record in as_recorded(again.pipe, again.state, recording.ticks(header.run)):
        if inputs.now_ns >= since_ns:
            yield _asked(again.pipe, draft, record)


def _asked(pipe: Pipe, draft: Draft, record: TickRecord) -> tuple[GateRequest, ...]:
    """Return the questions of a tick: the second is about what policy had clamped."""
    if draft.request is None or not record.judgements:
        return ()
    clamped = pipe.redraft(draft, record.judgements[0])
    second = () if clamped is None or clamped.request is None else (clamped.request,)
    return (draft.request, *second)


def _last_ns(path: Path, header: RunHeader) -> int:
    return last_ns(path, header.run) or header.start_ns
