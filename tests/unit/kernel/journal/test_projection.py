"""A field that is added later changes no digest that was taken before it existed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kernel.command import Outcome, Receipt, Sent, Transmission
from kernel.finding import Assessment, Finding
from kernel.forecast import Forecast
from kernel.journal.encoding import digest
from kernel.journal.projection import FIELDS_OF_1, fields_now
from kernel.pipe.state import Rung
from kernel.pipe.tick import Outputs, RungChange
from kernel.plan import Plan
from tests.unit.kernel.journal.test_encoding import full

FORECAST = Forecast(
    point="p", made_at_ns=1, start_ns=2, step_s=900.0, quantiles=(0.5,), values=((1.0,), (2.0,)), model="m"
)
PLAN = Plan(point="p", made_at_ns=1, start_ns=2, step_s=1.0, values=(1.0,), valid_until_ns=9, maker="a")


def grown(value: Any) -> Any:
    """The same value, every struct of it with one field more than today."""
    if isinstance(value, tuple):
        return tuple(grown(one) for one in value)
    if not isinstance(value, msgspec.Struct):
        return value
    kind = type(value)
    later = msgspec.defstruct(
        kind.__name__, [("added_later", int, 7)], bases=(kind,), frozen=True, kw_only=True
    )
    return later(**{name: grown(getattr(value, name)) for name in kind.__struct_fields__})


def everything() -> Outputs:
    finding = Finding(asset="a", name="n", text="t", value=0.0, unit="K", limit=None, at_ns=4)
    odds = {"failure_per_year": 0.1, "failure_low": 0.0, "failure_high": 0.2}
    assessment = Assessment(asset="a", made_at_ns=1, condition="watch", findings=(finding,), **odds)
    return msgspec.structs.replace(full(), published=(finding, assessment, FORECAST, PLAN))


def as_0_1_0_wrote() -> Outputs:
    """Outputs made of literals, whose digest was taken with the code of release 0.1.0."""
    finding = Finding(asset="a", name="n", text="t", value=0.5, unit="K", limit=None, at_ns=4)
    receipt = Receipt(command="c", outcome=Outcome.DONE, at_ns=3, detail="d", value=1.0)
    rung = RungChange(agent="a", before="", now=Rung(rung="model", why="", since_ns=5))
    sent = Sent(command="c", transmission=Transmission.WRITTEN, at_ns=2)
    return Outputs(
        tick=1,
        now_ns=2,
        sent=(sent,),
        receipts=(receipt,),
        published=(finding, FORECAST, PLAN),
        rungs=(rung,),
        gate_failure="",
        jobs=("a",),
    )


def test_a_field_that_is_added_leaves_digests_of_format_1_as_they_were() -> None:
    assert digest(grown(everything()), FIELDS_OF_1) == digest(everything(), FIELDS_OF_1)


def test_a_field_that_is_added_leaves_recordings_that_carry_their_fields_as_they_were() -> None:
    assert digest(grown(everything()), fields_now()) == digest(everything())


def test_a_field_that_is_added_shows_in_digests_of_today() -> None:
    assert digest(grown(everything())) != digest(everything())


def test_outputs_of_release_0_1_0_have_the_digest_they_had() -> None:
    assert digest(as_0_1_0_wrote(), FIELDS_OF_1).hex() == "523cc46422c175ec2bdfdddac8bb08ee"


@pytest.mark.parametrize("name", FIELDS_OF_1["Outputs"])
def test_a_difference_in_a_field_of_format_1_shows_in_its_digest(name: str) -> None:
    plain = Outputs(tick=0, now_ns=0)
    odd = msgspec.structs.replace(plain, **{name: 1 if name in ("tick", "now_ns") else ("x",)})
    assert digest(odd, FIELDS_OF_1) != digest(plain, FIELDS_OF_1)
