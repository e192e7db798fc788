"""The ladder in a tick: what each agent stands on, by what it says and by the conditions it is under.

Pure. The rung in force is the worst of what the agent says and of the conditions that are active. Down it
goes at once; up it goes one rung at a time, a loop's period on each, after the conditions were clear for
their time. What is seen of an agent decides: it may say less of itself than it could, never more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from kernel.finding import Finding
from kernel.image import ProcessImage
from kernel.ladder import (
    CONDITION,
    CONDITIONS,
    DRIFT_FINDING,
    Condition,
    Footing,
    Held,
    LadderSpec,
    Level,
    Sighting,
    changed,
)
from kernel.measurement import Block
from kernel.pipe.state import PipeState, Rung
from kernel.pipe.tick import GATEWAY, WorkerStep
from kernel.point import NANOSECONDS
from kernel.quality import UNUSABLE
from kernel.schedule.loop import ControlLoop
from kernel.site import Site

LADDER_SINCE: Final = 2
"""Format from which conditions lead down the ladder; before, an agent stood on the rung that it named."""
STARTS: Final = Footing()
UNTIL_RESULT: Final = frozenset(condition.name for condition in CONDITIONS if condition.until_result)
CLEAR_PERIODS: Final = 2
"""Periods of its loop that a condition must be clear at least: a whole step must have gone well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rails:
    """What is fixed for one loop: its conditions as its site has them, and what they look at."""

    agent: str
    period_ns: int
    in_worker: bool
    steers: bool
    """Whether it proposes anything: only then do gate, journal and forecasts matter to it."""
    reads: tuple[str, ...]
    conditions: Mapping[str, Condition]

    def exit_ns(self, condition: Condition) -> int:
        """Return how long a condition must have been clear, nanoseconds."""
        return max(round(condition.exit_after_s * NANOSECONDS), CLEAR_PERIODS * self.period_ns)

    def permitted(self, footing: Footing) -> Level:
        """Return the rung that its failures leave: that nothing has come yet is none."""
        levels = (
            condition.rung
            for held in footing.held
            if held.active and not (condition := self.conditions[held.condition]).until_result
        )
        return max(levels, default=Level.MODEL)

    def demanded(self, footing: Footing) -> tuple[Level, Held | None]:
        """Return the rung that the active conditions leave, and the one that leads furthest down."""
        worst: tuple[Level, Held | None] = Level.MODEL, None
        for held in footing.held:
            level = self.conditions[held.condition].rung
            if held.active and level > worst[0]:
                worst = level, held
        return worst


class Ladder:
    """The rails of all loops of a run. It keeps no state of its own."""

    def __init__(self, site: Site, loops: Sequence[ControlLoop]) -> None:
        """Fix the conditions of every loop, as the site has them."""
        specs = {spec.agent: spec.ladder for spec in site.loops}
        self.rails = {loop.name: _rails(loop, specs.get(loop.name, {})) for loop in loops}
        self._points = {name: site.row[f"{name}/rung"] for name in self.rails if f"{name}/rung" in site.row}
        self._workers = tuple(rails for rails in self.rails.values() if rails.in_worker)
        self._steering = tuple(rails for rails in self.rails.values() if rails.steers)
        reading = [rails for rails in self.rails.values() if rails.reads]
        rows = [[site.row[name] for name in rails.reads if name in site.row] for rails in reading]
        kept = [(rails, own) for rails, own in zip(reading, rows, strict=True) if own]
        self._readers = tuple(rails for rails, _ in kept)
        counts = np.array([len(own) for _, own in kept], dtype=np.int64)
        self._rows = np.array([row for _, own in kept for row in own], dtype=np.intp)
        self._begins = np.concatenate(([0], np.cumsum(counts)[:-1])) if len(counts) else counts
        self._shares = 1.0 / np.maximum(counts, 1)
        self._bad_limits = np.array([rails.conditions["inputs_bad"].limit for rails in self._readers])

    def begin(self, now_ns: int) -> dict[str, Footing]:
        """Return what is known before the first tick: since when the agents in workers are awaited."""
        return {rails.agent: Footing(heard_ns=now_ns) for rails in self._workers}

    def allowed(self, state: PipeState, agent: str) -> Level:
        """Return the highest rung that the conditions leave an agent: what its next view tells it."""
        footing = state.footings.get(agent)
        return self.rails[agent].permitted(footing) if footing is not None and footing.held else Level.MODEL

    def shown(self, before: PipeState) -> tuple[Block, ...]:
        """Return the rungs as values of their points where one has changed in the tick before."""
        if before.rungs is before.rungs_shown:
            return ()
        rows = [(self._points[agent], rung) for agent, rung in before.rungs.items() if agent in self._points]
        since = np.array([rung.since_ns for _, rung in rows], dtype=np.int64)
        level = np.array([float(Level.of(rung.rung)) for _, rung in rows])
        index = np.array([row for row, _ in rows], dtype=np.int32)
        quality = np.zeros(len(rows), dtype=np.uint16)
        return (Block(index=index, value=level, quality=quality, at_ns=since, available_at_ns=since),)

    def judge(
        self, state: PipeState, steps: Sequence[WorkerStep], sightings: Iterable[Sighting]
    ) -> tuple[Mapping[str, Footing], Mapping[str, Rung]]:
        """Say what every agent is under and on which rung it stands, the steps of this tick included."""
        now_ns, footings, rungs = state.image.now_ns, dict(state.footings), state.rungs
        seen: dict[str, dict[str, str]] = {}
        for agent, condition, words in self._seen(state, steps, sightings):
            seen.setdefault(agent, {}).setdefault(condition, words)
        moved: dict[str, Rung] = {}
        for step in steps:
            if step.agent in self.rails:
                footings[step.agent] = self._heard(footings.get(step.agent, STARTS), step, now_ns)
            elif step.agent not in rungs and step.agent != GATEWAY:  # no such loop: admission has said so
                moved[step.agent] = Rung(rung=step.rung, why=step.why_rung, since_ns=now_ns)
        for agent in sorted(seen.keys() - footings.keys()):
            footings[agent] = STARTS
        for agent, footing in footings.items():
            if footing.held or agent in seen:
                footings[agent] = self._held(self.rails[agent], footing, seen.get(agent, {}), now_ns)
            if agent not in rungs and not footing.spoke and not footings[agent].held:
                continue
            rung = self._rung(self.rails[agent], footings[agent], rungs.get(agent), now_ns)
            if rung is not rungs.get(agent):
                moved[agent] = rung
        return footings, {**rungs, **moved} if moved else rungs

    def _heard(self, footing: Footing, step: WorkerStep, now_ns: int) -> Footing:
        heard_ns = now_ns if self.rails[step.agent].in_worker else 0
        told = (footing.spoke, footing.said, footing.why, footing.heard_ns)
        if told == (True, step.rung, step.why_rung, heard_ns):
            return footing
        return msgspec.structs.replace(
            footing, spoke=True, said=step.rung, why=step.why_rung, heard_ns=heard_ns
        )

    def _seen(
        self, state: PipeState, steps: Sequence[WorkerStep], sightings: Iterable[Sighting]
    ) -> Iterator[tuple[str, str, str]]:
        """Yield what is the case now: agent, condition, evidence."""
        for step in steps:
            if step.agent in self.rails:
                yield from _seen_in(step)
        for sighting in sightings:
            if sighting.agent not in self.rails or sighting.condition not in CONDITION:
                continue
            if sighting.condition in UNTIL_RESULT and any(step.agent == sighting.agent for step in steps):
                continue
            yield sighting.agent, sighting.condition, sighting.words
        yield from self._bad_inputs(state.image)
        yield from self._overdue(state, steps)
        if state.forecasts:
            yield from self._stale(state)
        for condition, failure in (
            ("gate_failed", state.gate_failure),
            ("journal_failed", state.journal_failure),
        ):
            if failure:
                yield from ((rails.agent, condition, failure) for rails in self._steering)

    def _bad_inputs(self, image: ProcessImage) -> Iterator[tuple[str, str, str]]:
        if not self._readers:
            return
        bad = (image.quality[self._rows] & UNUSABLE) != 0
        if not np.count_nonzero(bad):
            return
        shares = np.add.reduceat(bad, self._begins, dtype=np.int64) * self._shares
        for place in np.flatnonzero(shares > self._bad_limits):
            rails = self._readers[place]
            yield rails.agent, "inputs_bad", f"{shares[place]:.0%} of {len(rails.reads)} inputs are not good"

    def _overdue(self, state: PipeState, steps: Sequence[WorkerStep]) -> Iterator[tuple[str, str, str]]:
        """Yield the agents in workers that were asked and have not answered for too long."""
        for rails in self._workers:
            footing = state.footings.get(rails.agent)
            if footing is None or not footing.heard_ns:
                continue
            silent_ns = state.image.now_ns - footing.heard_ns
            allowed = rails.conditions["result_overdue"].limit * rails.period_ns
            if silent_ns > allowed and all(step.agent != rails.agent for step in steps):
                yield rails.agent, "result_overdue", f"no result for {silent_ns / NANOSECONDS:.0f} s"

    def _stale(self, state: PipeState) -> Iterator[tuple[str, str, str]]:
        now_ns = state.image.now_ns
        for rails in self._steering:
            limit_ns = rails.conditions["forecast_stale"].limit * NANOSECONDS
            for point in rails.reads:
                forecast = state.forecasts.get(point)
                if forecast is not None and now_ns - forecast.made_at_ns > limit_ns:
                    age_s = (now_ns - forecast.made_at_ns) / NANOSECONDS
                    yield rails.agent, "forecast_stale", f"forecast of {point} is {age_s:.0f} s old"
                    break

    def _held(self, rails: Rails, footing: Footing, seen: Mapping[str, str], now_ns: int) -> Footing:
        """Enter what has been seen for long enough, leave what has been clear for long enough."""
        known = {held.condition: held for held in footing.held}
        held = []
        for condition in CONDITIONS:
            name = condition.name
            if name in seen:
                held.append(_again(rails.conditions[name], known.get(name), seen[name], now_ns))
            elif name in known and self._stays(rails, known[name], now_ns, has_spoken=footing.spoke):
                held.append(known[name])
        if tuple(held) == footing.held:
            return footing
        return msgspec.structs.replace(footing, held=tuple(held))

    def _stays(self, rails: Rails, held: Held, now_ns: int, *, has_spoken: bool) -> bool:
        """Tell whether a condition that is not seen now goes on; one that only steps show waits for them."""
        condition = rails.conditions[held.condition]
        if condition.until_result:
            return not has_spoken
        if not held.active and condition.seen_by == "image":
            return False
        return now_ns - held.seen_ns < rails.exit_ns(condition)

    def _rung(self, rails: Rails, footing: Footing, stands: Rung | None, now_ns: int) -> Rung:
        """Return where an agent stands: down at once, up one rung a period."""
        demanded, worst = rails.demanded(footing)
        said = Level.of(footing.said)
        target = max(demanded, said)
        if stands is None:
            return _because(target, demanded, footing, worst, now_ns)
        level = Level.of(stands.rung)
        if target > level:
            return _because(target, demanded, footing, worst, now_ns)
        if stands.condition in UNTIL_RESULT:
            return _because(target, demanded, footing, worst, now_ns) if target != level else stands
        if target == level or now_ns - stands.since_ns < rails.period_ns:
            return stands
        if level - 1 == target:
            return _because(target, demanded, footing, worst, now_ns)
        why = f"on the way from {level.word} to {target.word}"
        return Rung(rung=Level(level - 1).word, why=why, since_ns=now_ns, condition="climbing")


def _seen_in(step: WorkerStep) -> Iterator[tuple[str, str, str]]:
    if step.condition:
        yield step.agent, step.condition, step.why_rung
    for document in step.published:
        if isinstance(document, Finding) and document.name == DRIFT_FINDING:
            yield step.agent, "drift", document.text


def _rails(loop: ControlLoop, specs: Mapping[str, LadderSpec]) -> Rails:
    conditions = {c.name: changed(c, specs[c.name]) if c.name in specs else c for c in CONDITIONS}
    return Rails(
        agent=loop.name,
        period_ns=round(loop.period_s * NANOSECONDS),
        in_worker=loop.in_worker,
        steers=bool(loop.agent.proposes),
        reads=tuple(loop.agent.reads),
        conditions=conditions,
    )


def _again(condition: Condition, held: Held | None, words: str, now_ns: int) -> Held:
    since_ns = now_ns if held is None else held.since_ns
    entered = now_ns - since_ns >= condition.enter_after_s * NANOSECONDS
    return Held(
        condition=condition.name,
        words=words,
        since_ns=since_ns,
        seen_ns=now_ns,
        active=entered or (held is not None and held.active),
    )


def _because(target: Level, demanded: Level, footing: Footing, worst: Held | None, now_ns: int) -> Rung:
    """Name what leads to a rung: a condition where it asks for at least as much, else the agent itself."""
    if worst is not None and target == demanded:
        return Rung(rung=target.word, why=worst.words, since_ns=now_ns, condition=worst.condition)
    return Rung(rung=target.word, why=footing.why, since_ns=now_ns, condition="" if target == 0 else "agent")
