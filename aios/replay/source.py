"""Sources of a replay: a folder of a gateway or an exported incident; both hold a run, a state and ticks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aios.folder import Folder
from aios.gateway.past import past_of
from aios.replay.again import carried, header_of, missing_at_the_end, rebuilt, replay_kept
from aios.replay.agents_again import AgentAgain, agents_again
from aios.replay.stand_in import other_agent, other_policy
from aios.replay.what_if import WhatIf
from aios.site import site_of
from kernel.journal.encoding import StateRecord, TickRecord
from kernel.journal.incident import read
from kernel.journal.policies_kept import policies_kept
from kernel.journal.recorder import Recording, RunHeader
from kernel.journal.replay import ReplayReport
from kernel.ports import Past
from kernel.testing import EmptyPast


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A stretch of a recorded run."""

    header: RunHeader
    state: StateRecord
    ticks: Iterator[TickRecord]
    root: Path | None = None
    """The gateway's folder; None for an incident that travels alone."""
    policies: Mapping[str, str] = field(default_factory=dict)
    """Bundles that came into force while the run went on, as JSON by revision."""

    async def replay(self) -> ReplayReport:
        """Decide it again."""
        return await replay_kept(self.header, self.state, self.ticks, self.policies)

    async def what_if(self, policy: Path | None, agent: str) -> WhatIf:
        """Decide it under other policies, or with another agent."""
        if policy is not None:
            return await other_policy(self.header, self.state, self.ticks, policy)
        return await other_agent(self.header, self.state, self.ticks, agent, self._past())

    async def agents(self) -> tuple[AgentAgain, ...]:
        """Step the agents of workers again.

        Raises:
            LookupError: the run is not recorded from its start, or its history is not here.
        """
        if self.root is None or self.state.tick != -1:
            why = "an incident travels without history" if self.root is None else "the ring has cut its start"
            raise LookupError(f"agents cannot step again: {why}")
        again = rebuilt(self.header, self.state)
        return await agents_again(again.pipe, again.state, self.ticks, past=self._past())

    def _past(self) -> Past:
        """What an agent may learn from: the history of the folder as of the start of the run."""
        if self.root is None:
            return EmptyPast(self.header.start_ns)
        site = site_of(self.header.site, format=self.header.format)
        return past_of(site, self.root, self.header.start_ns)

    def missing_at_the_end(self, report: ReplayReport) -> int:
        """Return how many ticks the journal knows of after the last that was recorded."""
        return 0 if self.root is None else missing_at_the_end(self.root, report)


@contextmanager
def opened(root: Path, run: str) -> Iterator[Source]:
    """Open the recording of a gateway's folder.

    Raises:
        FileNotFoundError: there is none.
        LookupError: it has no such run, or no state to begin from.
    """
    recording = Recording(Folder(root=root).recorder)
    try:
        header = carried(header_of(recording, run), root)
        state = recording.first_state(header.run)
        kept = policies_kept(Folder(root=root).recorder)
        ticks = recording.ticks(header.run)
        yield Source(header=header, state=state, ticks=ticks, root=root, policies=kept)
    finally:
        recording.close()


@contextmanager
def opened_incident(path: Path) -> Iterator[Source]:
    """Open an exported incident, which needs no folder and no network.

    Raises:
        FileNotFoundError: there is no such file.
        IncidentDamaged: it is not what a gateway wrote.
    """
    incident = read(path)
    yield Source(
        header=incident.header, state=incident.state, ticks=incident.ticks(), policies=incident.policies
    )
