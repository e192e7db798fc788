"""The inbox: what people and the gateway itself have to say, until the next tick takes it.

Every queue here is bounded. What people ask is refused at the door when too much waits; of what the gateway
says of itself the oldest gives way.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

from kernel.instruction import Instruction
from kernel.ladder import Sighting
from kernel.pipe.tick import GATEWAY, WorkerStep
from kernel.ports import Published
from kernel.proposal import Proposal
from kernel.request import Requested
from kernel.shell.queues import QueueState

REQUESTS: Final = 64
"""Requests of people that wait for a tick; more are refused at the door."""
OWN: Final = 64
"""Documents of the gateway itself that wait for a tick; the oldest gives way."""
INSTRUCTIONS: Final = 64
"""Instructions of people that wait for a tick; more are refused at the door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What waited for a tick, in the order in which it came."""

    requests: tuple[Proposal, ...]
    turned_away: tuple[Requested, ...]
    instructions: tuple[Instruction, ...]
    conditions: tuple[Sighting, ...]
    own: tuple[Published, ...]
    """Documents of the gateway itself."""

    def own_step(self, now_ns: int) -> tuple[WorkerStep, ...]:
        """Return the gateway's own documents as a step of its own, where there are any."""
        if not self.own:
            return ()
        return (WorkerStep(agent=GATEWAY, made_at_ns=now_ns, published=self.own),)


class Inbox:
    """Keeps what is said between two ticks."""

    def __init__(self) -> None:
        """Begin empty."""
        self._requests: list[Proposal] = []
        self._turned_away: list[Requested] = []
        self._instructions: list[Instruction] = []
        self._sightings: dict[tuple[str, str], Sighting] = {}
        self._own: deque[Published] = deque(maxlen=OWN)
        self._dropped: Counter[str] = Counter()
        """What was turned away or gave way because a queue was full, by queue."""

    def request(self, proposal: Proposal, evidence: Requested | None = None) -> bool:
        """Take what a person asks for into the next tick, with its evidence; False when too many wait."""
        if len(self._requests) >= REQUESTS or (evidence is not None and not self.turn_away(evidence)):
            self._dropped["requests"] += 1
            return False
        self._requests.append(proposal)
        return True

    def turn_away(self, noted: Requested) -> bool:
        """Let the journal hear of a request that the door refused, or of the evidence for one that it took.

        Where many are, it hears of the first ones; False for the others.
        """
        if len(self._turned_away) >= REQUESTS:
            return False
        self._turned_away.append(noted)
        return True

    def instruct(self, instruction: Instruction) -> bool:
        """Take what a person tells the gateway into the next tick; False when too many wait already."""
        if len(self._instructions) >= INSTRUCTIONS:
            self._dropped["instructions"] += 1
            return False
        self._instructions.append(instruction)
        return True

    def sight(self, sighting: Sighting) -> None:
        """Take what was seen of an agent into the next tick; of one condition the newest words count."""
        self._sightings[sighting.agent, sighting.condition] = sighting

    def publish(self, document: Published) -> None:
        """Say something about the gateway itself with the next tick: it is journalled like any document."""
        self._dropped["own documents"] += len(self._own) == OWN
        self._own.append(document)

    def take(self) -> Taken:
        """Empty the inbox into a tick."""
        taken = Taken(
            requests=tuple(self._requests),
            turned_away=tuple(self._turned_away),
            instructions=tuple(self._instructions),
            conditions=tuple(self._sightings.values()),
            own=tuple(self._own),
        )
        for queue in (self._requests, self._turned_away, self._instructions, self._sightings, self._own):
            queue.clear()
        return taken

    def queues(self) -> tuple[QueueState, ...]:
        """Return what waits, and what was dropped."""
        return tuple(
            QueueState(name=name, depth=depth, bound=bound, dropped=self._dropped[name])
            for name, depth, bound in (
                ("requests", len(self._requests), REQUESTS),
                ("instructions", len(self._instructions), INSTRUCTIONS),
                ("own documents", len(self._own), OWN),
            )
        )
