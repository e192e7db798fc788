"""Killing: one life after the other, and in each something is killed at a moment that the seed chooses."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain

import psycopg

from aios.outbox.left_behind import KINDS
from drivers.historian.documents import from_json, key_of
from kernel.journal.chain import Entry
from kernel.journal.commands import CommandJournal
from tests.reliability.killed.judge import judged
from tests.reliability.killed.listener import Listener
from tests.reliability.killed.lives import LIVES, Life
from tests.reliability.killed.parts import Database, Part
from tests.reliability.killed.person import Act
from tests.reliability.killed.plant import Plant

LATEST_S = 1.2
"""Real seconds after a step of a life within which the kill falls."""
SOON_S = 0.15
"""As long as an act is under way at the most."""
AWAY_S = 0.8
"""Longest time that a part is away before it is started again, real seconds."""
STEPS = 5
CAUGHT_UP_S = 120.0
_KEPT = "SELECT json_agg(json_build_array(kind, id, made_at_ns)) FROM documents"
Document = tuple[str, str, int]
"""Kind and id of a document, and when it was made."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When a part is killed, and for how long it is away."""

    life: Life
    at_step: int
    after_s: float
    """Real seconds after the step; 0 means before anything else happens."""
    away_s: float

    @classmethod
    def of(cls, dice: random.Random) -> Moment:
        """Throw the dice."""
        return cls(
            life=dice.choice(LIVES),
            at_step=dice.randrange(STEPS),
            after_s=dice.choice((0.0, dice.uniform(0.0, SOON_S), dice.uniform(0.0, LATEST_S))),
            away_s=dice.uniform(0.0, AWAY_S),
        )


@dataclass
class Killing:
    """What was lived and killed so far."""

    plant: Plant
    dice: random.Random
    only: Sequence[str]
    """Parts to kill, in turn."""
    counts: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    async def live(self, number: int, moment: Moment | None = None) -> None:
        """Live one life and kill one part in it; both are over when this returns."""
        part = self.plant.parts[self.only[number % len(self.only)]]
        when = moment or Moment.of(self.dice)
        killing: list[asyncio.Task[None]] = []
        steps = 0

        async def step() -> None:
            nonlocal steps
            if steps == when.at_step:
                killing.append(self._kill(part, when))
            steps += 1

        name = when.life.__name__
        what = f"kill {number}, {part.name} in {name} {when.after_s:.2f} s after step {when.at_step}"
        try:
            await when.life(self.plant, step, self.dice)
        except (LookupError, TimeoutError) as error:
            self.broken.append(f"{what}: {error}")
        if not killing:  # the life was over before
            killing.append(self._kill(part, when))
        await asyncio.gather(*killing)
        self.counts[f"{part.name} killed"] += 1
        self.counts[f"lives {name}"] += 1

    async def judge(self, listener: Listener | None) -> None:
        """Let everything become quiet, and say what is wrong."""
        await self._quiet()
        self.broken += judged(self._entries(), self.plant.breaker.journal, self.acts)
        if listener is not None:
            await self._caught_up(listener)
        attempts = sum(act.attempts for act in self.acts)
        self.counts += Counter({"acts": len(self.acts), "acts sent again": attempts - len(self.acts)})
        self.counts["acts taken"] = sum(act.is_taken for act in self.acts)
        self.counts["pulses"] = len(self.plant.breaker.journal)

    @property
    def acts(self) -> list[Act]:
        """All that people did, in the order in which they were told what became of it."""
        every = chain.from_iterable(person.acts for person in self.plant.people.values())
        return sorted(every, key=lambda act: act.told_s)

    def _kill(self, part: Part, when: Moment) -> asyncio.Task[None]:
        """Kill a part when its moment has come, and start it again."""
        if not when.after_s:
            part.kill()
        return asyncio.create_task(self._kill_and_start(part, when))

    async def _kill_and_start(self, part: Part, when: Moment) -> None:
        if when.after_s:
            await asyncio.sleep(when.after_s)
            part.kill()
        await asyncio.sleep(when.away_s)
        await part.start()

    async def _quiet(self) -> None:
        """Wait until no command and no question is open."""

        async def look() -> bool | None:
            entries = self._entries()
            ended = {one.subject for one in entries if one.kind == "receipt"}
            is_open = any(one.kind == "command" and one.subject not in ended for one in entries)
            return None if is_open else True

        if await self.plant.until(look) is None:
            self.broken.append("a command stays open")

    def _entries(self) -> list[Entry]:
        journal = CommandJournal(self.plant.home.commands, read_only=True)
        try:
            return list(journal.entries())
        finally:
            journal.close()

    async def _caught_up(self, listener: Listener) -> None:
        """Hold what was published against what history keeps and what a subscriber heard."""
        raised, journalled = set(self.plant.raised.items()), _published(self._entries())
        orders = {(name, made_ns) for kind, name, made_ns in journalled if kind == "repair_order"}

        async def complete() -> bool | None:
            is_heard = raised <= listener.events.keys()
            return True if is_heard and journalled <= await self._kept() else None

        await self.plant.until(complete, within_s=CAUGHT_UP_S)
        kept = {one for one in await self._kept() if one[0] in {kind for kind, _, _ in journalled}}
        self.broken += [f"{name} was raised and is not in the journal" for name, _ in sorted(raised - orders)]
        self.broken += [f"history has no {kind} {name}" for kind, name, _ in sorted(journalled - kept)]
        self.broken += [f"history has {kind} {name} unasked" for kind, name, _ in sorted(kept - journalled)]
        self.broken += [
            f"{name} was told under {len(ids)} events"
            for (name, _), ids in listener.events.items()
            if len(ids) > 1
        ]
        self.broken += [
            f"{name} was never heard over MQTT" for name, _ in sorted(raised - listener.events.keys())
        ]
        self.counts["documents in history"] = len(kept)
        self.counts["orders"] = len(raised)

    async def _kept(self) -> set[Document]:
        """Return what history has; nothing while the database does not answer."""
        database = self.plant.parts["database"]
        assert isinstance(database, Database)
        try:
            (rows,) = await asyncio.to_thread(database.running.asked, _KEPT)
        except psycopg.Error:
            return set()
        return {(kind, name, made_ns) for kind, name, made_ns in rows or ()}


def _published(entries: Iterable[Entry]) -> set[Document]:
    """Return the documents of all ticks; what a start notes again is none."""
    found = (key_of(from_json(one.body)) for one in entries if one.kind in KINDS and one.tick >= 0)
    return {(key.kind, key.id, key.made_at_ns) for key in found}
