"""Calibrating: from the outcomes of an agent to the confidence from which few enough of its wishes are wrong.

Pure, and no arithmetic but sums, products and comparisons. Two steps, each with its own claim:

1. Split conformal. A threshold is the lowest confidence from which (1 + wrong) / (1 + seen) of the newest
   outcomes keeps within a level (Jin and Candes, Selection by prediction with conformal p-values, JMLR 24,
   2023: the 1 is what makes a finite sample safe; few outcomes let nothing through).
2. Adaptive. Each level has a budget that grows with every right outcome beyond the threshold and shrinks with
   every wrong one, never above its level (Gibbs and Candes, Adaptive conformal inference under distribution
   shift, NeurIPS 2021). Of N outcomes beyond the threshold, in whatever order an adversary gives them, at
   most level x N + level / RATE + 2 were wrong and let through; while a budget is spent nothing is let
   through, and what would have been goes on being counted.

Why our own: mapie and crepes calibrate batches of scikit-learn models and bring that library along (hundreds
of megabytes; the gateway has 120); none of them follows a stream that must be replayed bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, TypeGuard

from kernel.confidence import LEVELS, Calibration, Confidence, Threshold

WINDOW: Final = 200
"""Newest outcomes of an agent that count: enough for 1 %, few enough to forget an older season."""
RATE: Final = 0.02
"""How much of a budget one outcome moves; level / RATE wrong ones may be let through before it is spent."""


def thresholds(outcomes: Sequence[tuple[float, bool]], budgets: Sequence[float]) -> tuple[float | None, ...]:
    """Return, for each budget, the lowest confidence from which few enough were wrong; None for none.

    >>> thresholds([(0.9, True)] * 9, (0.05, 0.1, 0.2)), thresholds([(0.9, True)] * 8, (0.1,))
    ((None, 0.9, 0.9), (None,))
    """
    ordered = sorted(outcomes, reverse=True)
    lowest: list[float | None] = [None] * len(budgets)
    wrong = 0
    for number, (confidence, came_true) in enumerate(ordered, 1):
        wrong += not came_true
        if number < len(ordered) and ordered[number][0] == confidence:
            continue  # the same confidence is let or held together
        for place, budget in enumerate(budgets):
            if 1 + wrong <= budget * (1 + number):
                lowest[place] = confidence
    return tuple(lowest)


def learnt(before: Calibration, confidence: float, *, came_true: bool) -> Calibration:
    """Count one more outcome: against the budgets by what was known before it, then among the others."""
    nominal = thresholds(before.outcomes, LEVELS)
    budgets = tuple(
        _moved(budget, level, came_true=came_true) if is_enough(confidence, lowest) else budget
        for level, budget, lowest in zip(LEVELS, before.budgets, nominal, strict=True)
    )
    return Calibration(outcomes=(*before.outcomes, (confidence, came_true))[-WINDOW:], budgets=budgets)


def _moved(budget: float, level: float, *, came_true: bool) -> float:
    return max(-RATE, min(level, budget + RATE * (level if came_true else level - 1.0)))


def is_enough(confidence: float, lowest: float | None) -> bool:
    """Tell whether a confidence reaches a threshold."""
    return lowest is not None and confidence >= lowest


def is_confidence(said: float | None) -> TypeGuard[float]:
    """Tell whether a wish says how sure it is; NaN says nothing."""
    return said is not None and math.isfinite(said) and 0.0 <= said <= 1.0


def confidence_of(said: float, basis: str, known: Calibration, *, bets: bool = True) -> Confidence:
    """Lay what a wish says of itself beside what the outcomes of its maker say."""
    return Confidence(
        bets=bets,
        said=said,
        basis=basis,
        outcomes=len(known.outcomes),
        wrong=sum(not came_true for _, came_true in known.outcomes),
        thresholds=tuple(
            Threshold(at_most_wrong=level, from_confidence=lowest)
            for level, lowest in zip(LEVELS, thresholds(known.outcomes, known.budgets), strict=True)
        ),
    )
