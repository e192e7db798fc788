"""Streams of confidence and outcome: makers that are sincere, boastful, guessing, or whose world changes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final, NamedTuple

from kernel.confidence import LEVELS, Calibration
from kernel.pipe.calibrating import is_enough, learnt, thresholds

LET: Final = LEVELS.index(0.1)
"""The share that a followed stream is let, by its place among `LEVELS`."""
NEEDED: Final = 30
"""Outcomes before anything acts, as `ai_scope` has them."""
Source = Callable[[random.Random, float], tuple[float, bool]]
"""Draws confidence and outcome at a share of the stream that has passed."""


class Run(NamedTuple):
    """What became of a stream's wishes."""

    acted: int
    wrong: int
    """Those that acted by themselves and were wrong."""
    asked: int


def sincere(dice: random.Random, _: float) -> tuple[float, bool]:
    """Says what is true; exchangeable."""
    said = 1.0 - 0.3 * dice.random() ** 2
    return said, dice.random() < said


def boastful(dice: random.Random, _: float) -> tuple[float, bool]:
    """Says far more than is true; exchangeable."""
    said = dice.random() ** 0.3
    return said, dice.random() < said**3


def guessing(dice: random.Random, _: float) -> tuple[float, bool]:
    """Says nothing of worth, and is right in 92 of 100; exchangeable."""
    return dice.random(), dice.random() < 0.92


def hopeless(dice: random.Random, _: float) -> tuple[float, bool]:
    """Says nothing of worth, and is right in 60 of 100; exchangeable."""
    return dice.random(), dice.random() < 0.6


def worsening(dice: random.Random, at: float) -> tuple[float, bool]:
    """Is less and less right for what it says."""
    said = dice.random()
    return said, dice.random() < said ** (0.2 + 3.0 * at)


def breaking(dice: random.Random, at: float) -> tuple[float, bool]:
    """Is right in 97 of 100 until half-way, then in 50."""
    return dice.random(), dice.random() < (0.97 if at < 0.5 else 0.5)


def seasons(dice: random.Random, at: float) -> tuple[float, bool]:
    """Is right in 96 of 100 and in 75, in turn."""
    return dice.random(), dice.random() < (0.96 if int(at * 6) % 2 == 0 else 0.75)


STREAMS: Final[dict[str, Source]] = {
    source.__name__: source
    for source in (sincere, boastful, guessing, hopeless, worsening, breaking, seasons)
}


def followed(source: Source, seed: int, count: int) -> Run:
    """Follow a stream: what reaches the threshold acts by itself, people are asked about all else."""
    dice, known, acted, wrong = random.Random(seed), Calibration(), 0, 0
    for number in range(count):
        said, came_true = source(dice, number / count)
        lowest = thresholds(known.outcomes, known.budgets)[LET] if len(known.outcomes) >= NEEDED else None
        if is_enough(said, lowest):
            acted += 1
            wrong += not came_true
        known = learnt(known, said, came_true=came_true)
    return Run(acted, wrong, count - acted)
