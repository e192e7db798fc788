"""In force: what people told an earlier run and what still holds when the next one begins.

Modes of points hold through a restart, and an agent stays suspended. An override to a person's value ends
with the run in which it was given: nobody may look any more, so the agents decide again, or the safe value
stands. One that holds points at their safe values goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from kernel.instruction import (
    AgentChange,
    Change,
    HandBack,
    HandOver,
    Instructed,
    Instruction,
    Lasting,
    Mode,
    Override,
    PointMode,
)
from kernel.journal.chain import Entry

_lasting: msgspec.json.Decoder[Lasting] = msgspec.json.Decoder(Lasting)


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """What holds when a run begins."""

    modes: Mapping[str, PointMode] = field(default_factory=dict)
    """By point."""
    overrides: Mapping[str, Override] = field(default_factory=dict)
    """By id."""
    suspended: Mapping[str, AgentChange] = field(default_factory=dict)
    """By agent."""
    hand_over: HandOver | None = None
    """The last note from one shift to the next."""
    ended: tuple[Lasting, ...] = ()
    """What held until now and ends with the restart."""


def in_force(told: Iterable[Entry], *, now_ns: int) -> InForce:
    """Read from the journal what holds now, after a restart.

    Args:
        told: the entries of kinds `instruction` and `lapsed`, in order.
        now_ns: operational time.
    """
    modes: dict[str, PointMode] = {}
    overrides: dict[str, Override] = {}
    suspended: dict[str, AgentChange] = {}
    note: HandOver | None = None
    for entry in told:
        if entry.kind == "lapsed":
            _end(_lasting.decode(entry.body), modes, overrides)
            continue
        became = msgspec.json.decode(entry.body, type=Instructed)
        if not became.refused:
            _begin(became.instruction, modes, overrides, suspended)
            note = became.instruction if isinstance(became.instruction, HandOver) else note
    all_of_it: list[Lasting] = [*modes.values(), *overrides.values()]
    over = [one for one in all_of_it if 0 < one.until_ns <= now_ns]
    lost = [one for one in overrides.values() if one.value is not None and one not in over]
    ended = (*over, *lost)
    return InForce(
        modes={point: one for point, one in modes.items() if one not in ended},
        overrides={key: one for key, one in overrides.items() if one not in ended},
        suspended=suspended,
        hand_over=note,
        ended=ended,
    )


def _begin(
    told: Instruction,
    modes: dict[str, PointMode],
    overrides: dict[str, Override],
    suspended: dict[str, AgentChange],
) -> None:
    match told:
        case PointMode(mode=Mode.NORMAL):
            modes.pop(told.point, None)
        case PointMode():
            modes[told.point] = told
        case Override():
            overrides[told.key] = told
        case HandBack():
            overrides.pop(told.override, None)
        case AgentChange(change=Change.SUSPEND):
            suspended[told.agent] = told
        case AgentChange(change=Change.RESUME):
            suspended.pop(told.agent, None)
        case _:
            pass


def _end(told: Lasting, modes: dict[str, PointMode], overrides: dict[str, Override]) -> None:
    if isinstance(told, Override):
        overrides.pop(told.key, None)
    elif modes.get(told.point) == told:
        del modes[told.point]
