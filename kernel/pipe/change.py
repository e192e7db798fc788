"""Change: what a tick does to the state, collected while verdicts are worked off, laid over it at the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from kernel.command import Command
from kernel.pipe.state import Posture, Refusal, Selection
from kernel.pipe.tick import Refused
from kernel.question import QuestionChange


@dataclass(slots=True)
class Change:
    """Grows within one tick and never leaves it."""

    commands: list[Command] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    postures: dict[str, Posture | None] = field(default_factory=dict)
    """New postures by point; None where nothing of ours stands any more."""
    selections: dict[str, Selection | None] = field(default_factory=dict)
    """New selections by operated point; None where one is over."""
    questions: list[QuestionChange] = field(default_factory=list)
    refusals: dict[tuple[str, str], Refusal] = field(default_factory=dict)
