"""The watch: looks at every image that is due, lets each alarm's machine judge, and says what has changed.

It hears the tick and publishes into the next one, so that the journal, the recording and everybody who reads
documents have every transition; a replay takes them as what they are, inputs. All of it follows from the
images and from control time: the same run raises the same alarms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from edge.alarms.canary import proven
from edge.alarms.definition import Definition
from edge.alarms.family import WELL, Family, Frame, Overs, Words, framed
from edge.alarms.machine import Standing, look
from edge.alarms.told import acts_of, after
from kernel.alarm import CANARY, Alarm
from kernel.instruction import AlarmAct
from kernel.pipe.tick import Decided, Inputs
from kernel.pipe.verdicts import QUEUE_FULL
from kernel.point import NANOSECONDS
from kernel.quality import UNUSABLE

AT_ONCE: Final = 16
"""Transitions of one look; in a flood the others are judged with the next ones."""


class AlarmWatch:
    """Keeps all alarms of a site."""

    def __init__(
        self,
        families: tuple[Family, ...],
        before: Mapping[str, Alarm] | None = None,
        owed: Sequence[AlarmAct] = (),
    ) -> None:
        """Begin where an earlier life has left.

        Args:
            families: the conditions of the site.
            before: alarms as they stood, by id; those that this site no longer has are forgotten.
            owed: what people did to alarms and an earlier life did not answer, in order.
        """
        self.publish: Callable[[Alarm], None] = lambda _: None
        """Takes every transition; set before the first tick."""
        self._owed = tuple(owed)
        self._families = families
        self._standing = [[_restored(d, before or {}) for d in family.definitions] for family in families]
        self._restless = [
            {number for number, one in enumerate(row) if not one.rests} for row in self._standing
        ]
        self._periods_ns = [round(family.period_s * NANOSECONDS) for family in families]
        self._dues_ns = [0] * len(families)
        self._due_ns = 0

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Do what people told alarms in a tick, and look at its image where that is due."""
        state = decided.state
        acts, self._owed = (*self._owed, *acts_of(decided.outputs.instructions), *proven(state.canary)), ()
        if inputs.now_ns < self._due_ns and not acts:
            return
        unasked = sum(refusal.rule == QUEUE_FULL for refusal in state.refusals.values())
        frame = framed(state.image, state.forecasts, state.intervals, canary=state.canary, unasked=unasked)
        for act in acts:
            self._obey(act, frame, inputs.now_ns)
        if inputs.now_ns < self._due_ns:
            return
        for alarm in islice(self.look(frame, inputs.now_ns), AT_ONCE):
            self.publish(alarm)

    def _obey(self, act: AlarmAct, frame: Frame, now_ns: int) -> None:
        """Do what a person told an alarm, and answer with it as it stands then."""
        for place, family in enumerate(self._families):
            for number, definition in enumerate(family.definitions):
                if definition.id != act.alarm:
                    continue
                before = self._standing[place][number]
                moved = after(before, act, now_ns)
                self._standing[place][number] = moved
                (self._restless[place].discard if moved.rests else self._restless[place].add)(number)
                self.publish(self._alarm(family, number, before, moved, frame, now_ns))
                return

    def look(self, frame: Frame, now_ns: int) -> Iterator[Alarm]:
        """Yield every alarm whose state has changed; one that is not asked for has not been judged yet."""
        for place, family, overs in self._overs(frame, now_ns):
            restless = self._restless[place]
            if not overs and not restless:
                continue
            for number in sorted(restless.union(overs)):
                definition, standing = family.definitions[number], self._standing[place]
                before = standing[number]
                unnamed = WELL if family.knows(number) else None
                seen = look(definition.timing, before, now_ns, overs.get(number, unnamed))
                standing[number] = seen
                (restless.discard if seen.rests else restless.add)(number)
                if (seen.state, seen.active, seen.blind) != (before.state, before.active, before.blind):
                    yield self._alarm(family, number, before, seen, frame, now_ns)

    def _overs(self, frame: Frame, now_ns: int) -> list[tuple[int, Family, Overs]]:
        """Let every family look that is due."""
        seen: list[tuple[int, Family, Overs]] = []
        for place, family in enumerate(self._families):
            if now_ns >= self._dues_ns[place]:
                self._dues_ns[place] = now_ns + self._periods_ns[place]
                seen.append((place, family, family.look(frame)))
        self._due_ns = min(self._dues_ns, default=now_ns)
        return seen

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """All alarms that this site can raise."""
        return tuple(definition for family in self._families for definition in family.definitions)

    @property
    def answerable(self) -> frozenset[str]:
        """Ids of the alarms that people act on: all but the canary."""
        return frozenset(one.id for one in self.definitions if one.condition != CANARY)

    def _alarm(
        self, family: Family, number: int, before: Standing, after: Standing, frame: Frame, now_ns: int
    ) -> Alarm:
        definition = family.definitions[number]
        moved = after.at_ns == now_ns and after.state is not before.state
        event = after.event if moved else _unmoved(before, after)
        words: Words = family.words(number, frame)
        rule = definition.rule
        return Alarm(
            id=definition.id,
            condition=definition.condition,
            asset=definition.asset,
            point=words.point,
            priority=rule.priority,
            state=after.state,
            active=after.active,
            event=event,
            at_ns=now_ns,
            since_ns=after.since_ns,
            text=_unjudged(words) if after.blind else words.text,
            evidence=words.evidence,
            consequence=rule.consequence,
            response=rule.response,
            respond_within_s=rule.respond_within_s,
            blind=after.blind,
            shelved_until_ns=after.shelved_until_ns,
            by=after.by,
        )


def _unjudged(words: Words) -> str:
    """Say what is missing to judge a condition: a number that is no reading is not told."""
    missing = [found.text for found in words.evidence if found.quality & UNUSABLE]
    if missing:
        return f"cannot be judged: no usable reading of {', '.join(missing)}"
    return f"cannot be judged yet: {words.unjudged}"


def _unmoved(before: Standing, after: Standing) -> str:
    """Say what happened to an alarm that stayed in its state: it is put aside, or its input came or went."""
    if after == before:
        return "unchanged"
    if after.active != before.active:
        return "occurs" if after.active else "returns"
    return "blind" if after.blind else "sighted"


def _restored(definition: Definition, before: Mapping[str, Alarm]) -> Standing:
    alarm = before.get(definition.id)
    if alarm is None:
        return Standing()
    return Standing(
        state=alarm.state,
        active=alarm.active,
        event=alarm.event,
        at_ns=alarm.at_ns,
        since_ns=alarm.since_ns,
        looked_ns=alarm.at_ns,
        shelved_until_ns=alarm.shelved_until_ns,
        by=alarm.by,
    )
