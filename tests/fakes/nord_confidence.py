"""How sure the peak shaver of nord is: its last forty quarter-hours say that 62 % is not enough."""

from __future__ import annotations

from kernel.confidence import Confidence, Threshold


def confidence(**changes: object) -> Confidence:
    given: dict[str, object] = dict(
        said=0.62,
        basis="energy stored against what the demand needs",
        outcomes=40,
        wrong=2,
        thresholds=(
            Threshold(at_most_wrong=0.05, from_confidence=None),
            Threshold(at_most_wrong=0.1, from_confidence=0.9),
        ),
    )
    return Confidence(**(given | changes))
