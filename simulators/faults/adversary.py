"""An adversary with a budget: looks for the sequence of allowed faults that does the most harm.

After the opponent of Grid2Op, which attacks lines under a budget; here every kind of fault has a price, and
the adversary plans with the whole run in view. It looks at each fault alone, then climbs: from the worst of
them, from what it has found so far, shaken, and from random sequences, with as many evaluations as it is
given. One seed, one search.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from simulators.faults.fault import Fault
from simulators.faults.kinds import FaultKind
from simulators.noise import seed_of

_FAR: Final = (-8, -4, -2, -1, 1, 2, 4, 8)
"""By how many places an onset is moved."""
_ELITE: Final = 0.5
"""Share of the beginnings that are changes of the best sequence; the others are random."""
_IDLE: Final = 1000
"""Climbs without anything new after which everything near has been tried."""
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A fault that the adversary may buy, once."""

    kind: FaultKind
    target: str
    cost: float
    amount: float = 1.0
    lasts_s: float = 3600.0
    ramp_s: float = 0.0

    def at(self, onset_ns: int, seed: int) -> Fault:
        """Return the fault with its onset."""
        return Fault(
            kind=self.kind,
            target=self.target,
            onset_ns=onset_ns,
            end_ns=onset_ns + round(self.lasts_s * _NS),
            amount=self.amount,
            ramp_s=self.ramp_s,
            seed=seed,
        )


class Move(NamedTuple):
    """An option with the place of its onset."""

    option: int
    onset: int


Sequence = tuple[Move, ...]
"""In the order of options, each at most once."""
Objective = Callable[[tuple[Fault, ...]], float]
"""What a sequence of faults does: more is worse for the grid; NaN where nothing came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the adversary may do.

    Raises:
        ValueError: there is nothing to buy, no onset, or no evaluation.
    """

    options: tuple[Option, ...]
    onsets_ns: tuple[int, ...]
    """Moments at which faults may begin."""
    budget: float
    """Largest sum of costs."""
    evaluations: int
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse a search that cannot begin."""
        if not self.onsets_ns or self.evaluations < 1:
            raise ValueError("an adversary needs an onset and an evaluation")
        if not any(option.cost <= self.budget for option in self.options):
            raise ValueError(f"nothing can be bought for {self.budget:g}")

    def cost(self, sequence: Sequence) -> float:
        """Return what a sequence costs."""
        return sum(self.options[move.option].cost for move in sequence)

    def faults(self, sequence: Sequence) -> tuple[Fault, ...]:
        """Return the faults of a sequence."""
        return tuple(self.options[m.option].at(self.onsets_ns[m.onset], self.seed) for m in sequence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The worst sequence, and how it was found."""

    faults: tuple[Fault, ...]
    score: float
    cost: float
    without: float
    """Score without any fault."""
    evaluations: int
    course: tuple[float, ...]
    """Worst score after each evaluation."""


@dataclass(slots=True)
class _Trial:
    """Evaluates sequences, each once, and remembers the worst."""

    rules: Rules
    objective: Objective
    scores: dict[Sequence, float] = field(default_factory=dict)
    worst: Sequence = ()
    course: list[float] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether all evaluations are used up."""
        return len(self.course) >= self.rules.evaluations

    def score(self, sequence: Sequence) -> float:
        """Return the score of a sequence; one that was tried before costs no evaluation."""
        if sequence not in self.scores:
            told = self.objective(self.rules.faults(sequence))
            self.scores[sequence] = -math.inf if math.isnan(told) else told
            if self.scores[sequence] > self.scores.get(self.worst, -math.inf):
                self.worst = sequence
            self.course.append(self.scores[self.worst])
        return self.scores[sequence]

    def found(self, without: float) -> Found:
        """Tell what it has come to; `without` is the score without any fault."""
        return Found(
            faults=self.rules.faults(self.worst),
            score=self.scores[self.worst],
            cost=self.rules.cost(self.worst),
            without=without,
            evaluations=len(self.course),
            course=tuple(self.course),
        )


def search(objective: Objective, rules: Rules) -> Found:
    """Return the worst sequence that was found within the budget and the evaluations.

    Args:
        objective: what a sequence does; called once for each sequence that is tried.
        rules: what may be bought, for how much, with how many evaluations.
    """
    trial = _Trial(rules, objective)
    dice = np.random.Generator(np.random.PCG64(seed_of(rules.seed, "adversary")))
    without = trial.score(())
    for option in _greedy(rules):
        if not trial.is_over:
            trial.score((Move(option, int(dice.integers(len(rules.onsets_ns)))),))
    _climb(trial, trial.worst, dice)
    idle = 0
    while not trial.is_over and idle < _IDLE:
        before = len(trial.course)
        _climb(trial, _beginning(trial, dice), dice)
        idle = 0 if len(trial.course) > before else idle + 1
    return trial.found(without)


def random_search(objective: Objective, rules: Rules) -> Found:
    """Return the worst of as many random sequences: what a search has to be better than."""
    trial = _Trial(rules, objective)
    dice = np.random.Generator(np.random.PCG64(seed_of(rules.seed, "random")))
    without, tries = trial.score(()), 0
    while not trial.is_over and tries < 100 * rules.evaluations:
        trial.score(_random(rules, dice))
        tries += 1
    return trial.found(without)


def _greedy(rules: Rules) -> Iterator[int]:
    """Yield what can be bought alone, the cheapest first."""
    affordable = [place for place, option in enumerate(rules.options) if option.cost <= rules.budget]
    yield from sorted(affordable, key=lambda place: rules.options[place].cost)


def _beginning(trial: _Trial, dice: np.random.Generator) -> Sequence:
    """Return where a climb begins: beside the worst sequence so far, or anywhere."""
    if dice.random() < _ELITE:
        return _shaken(trial.rules, trial.worst, dice)
    return _random(trial.rules, dice)


def _climb(trial: _Trial, sequence: Sequence, dice: np.random.Generator) -> None:
    """Go to the first worse neighbour, again and again, until there is none."""
    score, climbing = trial.score(sequence), True
    while climbing:
        climbing = False
        for other in _neighbours(trial.rules, sequence, dice):
            if trial.is_over:
                return
            told = trial.score(other)
            if told > score:
                sequence, score, climbing = other, told, True
                break


def _random(rules: Rules, dice: np.random.Generator) -> Sequence:
    """Buy in random order as long as money is left, each at a random onset."""
    sequence: Sequence = ()
    for option in dice.permutation(len(rules.options)).tolist():
        move = Move(option, int(dice.integers(len(rules.onsets_ns))))
        if rules.cost((*sequence, move)) <= rules.budget:
            sequence = (*sequence, move)
    return tuple(sorted(sequence))


def _neighbours(rules: Rules, sequence: Sequence, dice: np.random.Generator) -> list[Sequence]:
    """Return what is one step away, in random order, onsets and exchanges by turns.

    A step moves one onset or all of them, or takes one more fault, for which others may have to go.
    """
    moved = {_moved(sequence, [move], far) for move in sequence for far in _FAR}
    moved |= {_moved(sequence, sequence, far) for far in _FAR}
    bought = {move.option for move in sequence}
    free = [option for option in range(len(rules.options)) if option not in bought]
    kept = [sequence, *(_without(sequence, move) for move in sequence), *((move,) for move in sequence)]
    anywhere = int(dice.integers(len(rules.onsets_ns)))
    exchanged = {
        tuple(sorted((*rest, Move(option, onset))))
        for rest in kept
        for option in free
        for onset in _near(rest) or [anywhere]
    }
    return _by_turns(*(_shuffled(rules, one - {sequence}, dice) for one in (moved, exchanged)))


def _near(sequence: Sequence) -> list[int]:
    """Faults that come together, or one soon after the other, do more than two that do not meet."""
    return sorted({move.onset + late for move in sequence for late in (0, 1)})


def _moved(sequence: Sequence, which: Sequence | list[Move], far: int) -> Sequence:
    return tuple(sorted(Move(m.option, m.onset + far) if m in which else m for m in sequence))


def _without(sequence: Sequence, move: Move) -> Sequence:
    return tuple(other for other in sequence if other is not move)


def _shuffled(rules: Rules, found: set[Sequence], dice: np.random.Generator) -> list[Sequence]:
    allowed = sorted(one for one in found if _is_allowed(rules, one))
    return [allowed[place] for place in dice.permutation(len(allowed)).tolist()]


def _by_turns(one: list[Sequence], other: list[Sequence]) -> list[Sequence]:
    """Return one of each as long as there are both, then the rest.

    >>> _by_turns([(1,), (2,), (3,)], [(7,)])
    [(1,), (7,), (2,), (3,)]
    """
    pairs = [each for both in zip(one, other, strict=False) for each in both]
    met = min(len(one), len(other))
    return [*pairs, *one[met:], *other[met:]]


def _is_allowed(rules: Rules, sequence: Sequence) -> bool:
    inside = all(0 <= move.onset < len(rules.onsets_ns) for move in sequence)
    return inside and rules.cost(sequence) <= rules.budget


def _shaken(rules: Rules, sequence: Sequence, dice: np.random.Generator) -> Sequence:
    """Give up one fault of a sequence and move the others anywhere near."""
    kept = list(sequence)
    if kept:
        kept.pop(int(dice.integers(len(kept))))
    last = len(rules.onsets_ns) - 1
    moved = [Move(m.option, min(max(m.onset + int(dice.integers(-3, 4)), 0), last)) for m in kept]
    return tuple(sorted(moved))
