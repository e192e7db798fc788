"""The degradation ladder: its rungs in order, and the named conditions that lead down it.

Every condition is named so that false means no failure. It is entered when it has been seen for a while, left
when it has been clear for a while, and while it holds an agent stands no higher than its rung. The page
`docs/degradation.md` shows this table; a test keeps the two equal.

No condition may outlive its cause. What shows that a cause is gone never needs what the condition forbids:

- an agent takes its step on every rung, so its steps show what `step` sees, and its worker's results show
  `worker_lost` and `result_overdue`; the shell runs a degraded loop at a lower rate, never not at all;
- the image shows `inputs_bad` and `forecast_stale`, whatever becomes of proposals;
- the journal takes what it is owed before anything else; its failure itself is the first debt, so every tick
  tries it again until it is paid;
- only the gate is heard of when somebody wants something: while it has failed and nobody asks, the kernel
  asks it about nothing (`kernel.pipe.probing`).
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec


class Level(IntEnum):
    """A rung by its place; a larger number is a lower rung.

    >>> max(Level.MODEL, Level.of("hold")).word
    'hold'
    """

    MODEL = 0
    PREVIOUS_MODEL = 1
    BASELINE = 2
    RULE = 3
    HOLD = 4
    SAFE = 5
    PERSON = 6

    @property
    def word(self) -> str:
        """The rung as proposals, pages and the journal write it."""
        return _WORD_OF[self]

    @classmethod
    def of(cls, word: str) -> Level:
        """Return the rung of a word.

        Raises:
            KeyError: it is not on the ladder.
        """
        return _BY_WORD[word]


_WORD_OF: Final = {level: level.name.lower() for level in Level}
_BY_WORD: Final = {level.word: level for level in Level}
WORDS: Final = frozenset(_BY_WORD)
STATES: Final = {int(level): level.word for level in Level}
"""Codes of a rung as a point."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A failure by name: when it holds, how far down it leads, and when it is over."""

    name: str
    what: str
    """What is the case while it holds."""
    seen_by: str
    """`step` (admission of what an agent gave), `image` (the pipe, every tick) or `shell`."""
    rung: Level
    """Highest rung it leaves."""
    enter_after_s: float = 0.0
    """It must have been seen without a break for this long, operational seconds."""
    exit_after_s: float = 0.0
    """It must have been clear for this long, operational seconds; never less than two periods of the loop."""
    limit: float = 0.0
    """Where it begins, in `unit`; 0 where there is nothing to compare."""
    unit: str = ""
    until_result: bool = False
    """Whether it says that nothing has come yet, not that something failed: the next result ends it, and the
    agent then stands at once where it says; meanwhile its views tell it of no lower rung."""


CONDITIONS: Final = (
    Condition(
        name="agent_failed",
        what="its step raised, or gave what is no step",
        seen_by="step",
        rung=Level.SAFE,
        exit_after_s=60.0,
    ),
    Condition(
        name="not_admitted",
        what="it proposed, computed or published what it may not, or what is no number",
        seen_by="step",
        rung=Level.SAFE,
        exit_after_s=60.0,
    ),
    Condition(
        name="call_denied",
        what="it asked the kernel for what it may not have",
        seen_by="step",
        rung=Level.RULE,
        exit_after_s=60.0,
    ),
    Condition(
        name="overrun",
        what="its steps take longer than its budget",
        seen_by="shell",
        rung=Level.RULE,
        exit_after_s=60.0,
    ),
    Condition(
        name="bus_too_slow",
        what="what it steers by is read more seldom than it needs",
        seen_by="shell",
        rung=Level.HOLD,
        enter_after_s=10.0,
        exit_after_s=60.0,
    ),
    Condition(
        name="worker_lost",
        what="the process that ran its step is gone",
        seen_by="step",
        rung=Level.SAFE,
        exit_after_s=60.0,
    ),
    Condition(
        name="warming_up",
        what="its worker process gets ready: it compiles and learns the past",
        seen_by="shell",
        rung=Level.HOLD,
        until_result=True,
    ),
    Condition(
        name="result_overdue",
        what="its worker has given no result for longer than the limit",
        seen_by="image",
        rung=Level.HOLD,
        limit=3.0,
        unit="periods",
    ),
    Condition(
        name="inputs_bad",
        what="more than this share of the points it reads is not good",
        seen_by="image",
        rung=Level.HOLD,
        enter_after_s=10.0,
        limit=0.5,
        unit="share",
    ),
    Condition(
        name="forecast_stale",
        what="it steers by a forecast that is older than the limit",
        seen_by="image",
        rung=Level.RULE,
        limit=3600.0,
        unit="s",
    ),
    Condition(
        name="drift",
        what="it found that a series has left its forecast",
        seen_by="step",
        rung=Level.PREVIOUS_MODEL,
        exit_after_s=21_600.0,
    ),
    Condition(
        name="gate_failed",
        what="the policy gate gives no answer, and it steers",
        seen_by="image",
        rung=Level.HOLD,
        enter_after_s=10.0,
    ),
    Condition(
        name="journal_failed",
        what="the journal cannot be written, and it steers",
        seen_by="image",
        rung=Level.SAFE,
        enter_after_s=10.0,
    ),
)
"""The table, in the order in which pages show it."""
CONDITION: Final = {condition.name: condition for condition in CONDITIONS}
DRIFT_FINDING: Final = "forecast_drift"
"""Name of the finding that says a series has left its forecast."""


def as_table() -> str:
    """Write the conditions as a table in Markdown: the one in `docs/degradation.md`."""
    lines = [
        "| condition | while | seen by | highest rung left | begins at | entered after | left after |",
        "|---|---|---|---|---|---|---|",
    ]
    for c in CONDITIONS:
        limit = f"{c.limit:g} {c.unit}" if c.unit else "-"
        times = f"{c.enter_after_s:g} s | {c.exit_after_s:g} s"
        lines.append(f"| `{c.name}` | {c.what} | {c.seen_by} | {c.rung.word} | {limit} | {times} |")
    return "\n".join(lines)


class LadderSpec(msgspec.Struct, frozen=True, kw_only=True):
    """What a site changes of one condition for one loop; None keeps the table's word."""

    rung: str | None = None
    enter_after_s: float | None = None
    exit_after_s: float | None = None
    limit: float | None = None


def changed(condition: Condition, spec: LadderSpec) -> Condition:
    """Lay what a site says over a condition.

    >>> changed(CONDITION["drift"], LadderSpec(rung="baseline")).rung
    <Level.BASELINE: 2>
    """
    said = {
        name: value
        for name in ("enter_after_s", "exit_after_s", "limit")
        if (value := getattr(spec, name)) is not None
    }
    rung = condition.rung if spec.rung is None else Level.of(spec.rung)
    return msgspec.structs.replace(condition, rung=rung, **said)


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that the shell sees on an agent: an input of the tick."""

    agent: str
    condition: str
    words: str
    """The evidence, one sentence."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A condition on one agent: seen, perhaps entered, not yet left."""

    condition: str
    words: str
    """The newest evidence."""
    since_ns: int
    """When it was first seen, without a break since."""
    seen_ns: int
    """When it was seen last."""
    active: bool
    """Whether it has been entered: then it counts."""


class Footing(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent says of itself, and the conditions that it is under."""

    spoke: bool = False
    """Whether it has taken a step yet."""
    said: str = "model"
    why: str = ""
    heard_ns: int = 0
    """When a worker's newest result arrived; 0 before the first."""
    held: tuple[Held, ...] = ()
