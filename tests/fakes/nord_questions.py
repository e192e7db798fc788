"""What policy asks the people of nord this evening."""

from __future__ import annotations

from kernel.instruction import Approval
from kernel.question import Precondition, Question, Stage
from tests.fakes.nord import HOUR, MIN, NOW
from tests.fakes.nord_confidence import confidence


def question(**changes: object) -> Question:
    """Closing breaker CB14, asked for by a person; name a field to change it."""
    given: dict[str, object] = dict(
        id="nord-41190-1",
        trace="nord-41190",
        point="cb14/close",
        value=1.0,
        low=1.0,
        high=1.0,
        once=True,
        asked_by="person:A. Meier",
        wanted_low=1.0,
        wanted_high=1.0,
        rule="closing_needs_people",
        reason="closing Breaker CB14 needs the agreement of 1 more",
        revision="nord-2026.11.2",
        approvals=1,
        roles=("OPERATOR", "ENGINEER"),
        asked_at_ns=NOW - 2 * MIN,
        decide_by_ns=NOW + 8 * MIN,
        holds_s=60.0,
        preconditions=(Precondition(point="cb14/position", usable=True, value=1.0),),
        digest="5e1f",
        person="A. Meier",
    )
    return Question(**(given | changes))


def questions() -> tuple[Question, ...]:
    """One that waits, and one that has been approved."""
    seen = Approval(key="k1", person="B. Kranz", role="OPERATOR", reason="seen", asked="x", granted=True)
    done = question(
        id="nord-41002-2",
        point="bat1/active_power_setpoint",
        value=-2600.0,
        low=-2600.0,
        high=-2000.0,
        once=False,
        asked_by="peak_shaving",
        person="",
        stage=Stage.APPROVED,
        answers=(seen,),
        confidence=confidence(),
        decide_by_ns=NOW + HOUR,
    )
    return (done, question())
