"""The end state of a command says no more than what was seen."""

from __future__ import annotations

import pytest

from kernel.command import Command, Outcome, Sent, Transmission
from kernel.image import empty_image, next_image
from kernel.measurement import block
from kernel.pipe.feedback import settle
from kernel.pipe.state import InFlight
from kernel.point import Operation
from kernel.site import Site
from tests.unit.kernel.conftest import BATTERY, BREAKER, S, make_site

SENT_NS = 1000 * S
LATE_NS = SENT_NS + 60 * S


def command(point: str, sequence: int | None = None) -> Command:
    pulse = point == BREAKER
    return Command(
        id="c", trace="t", point=point, value=1.0 if pulse else 30.0, tick=0, issued_at_ns=SENT_NS,
        operation=Operation.PULSE if pulse else Operation.SETPOINT, valid_until_ns=SENT_NS,
        sequence=sequence, authority="gate", revision="test", reason="r",
    )  # fmt: skip


def outcome(site: Site, one: Command, transmission: Transmission, **read: float) -> tuple[Outcome, str]:
    """Settle one command long after its deadline, with what was read since."""
    names = {"battery": BATTERY, "sequence": "bat/sequence", "position": "cb/position"}
    rows = [site.row[names[name]] for name in read]
    seen = block(rows, list(read.values()), [0] * len(rows), at_ns=LATE_NS - S)
    image = next_image(
        empty_image(len(site.points), now_ns=0), [seen] if rows else [], tick=1, now_ns=LATE_NS
    )
    report = Sent(command="c", transmission=transmission, at_ns=SENT_NS)
    still_open, (receipt,) = settle(site, {"c": InFlight(command=one)}, [report], image)
    assert still_open == {}
    return receipt.outcome, receipt.detail


def test_an_acknowledged_set_point_that_nobody_could_read_back_is_not_said_to_have_failed() -> None:
    ended, detail = outcome(make_site(), command(BATTERY), Transmission.WRITTEN)
    assert (ended, detail) == (Outcome.UNKNOWN, "nothing read back within 5 s")


def test_a_set_point_that_is_read_back_otherwise_timed_out() -> None:
    assert outcome(make_site(), command(BATTERY), Transmission.WRITTEN, battery=7.0)[0] is Outcome.TIMED_OUT


def test_an_acknowledged_pulse_without_effect_is_unknown_because_the_device_may_have_counted_it() -> None:
    ended, detail = outcome(make_site(), command(BREAKER), Transmission.WRITTEN, position=1.0)
    assert (ended, detail) == (Outcome.UNKNOWN, "1 read back within 5 s")


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        ({"sequence": 41.0, "battery": 0.0}, Outcome.TIMED_OUT),
        ({"sequence": 42.0, "battery": 30.0}, Outcome.DONE),
        ({"sequence": 42.0, "battery": 12.0}, Outcome.TIMED_OUT),
        ({"sequence": 42.0}, Outcome.UNKNOWN),
        ({"battery": 30.0}, Outcome.UNKNOWN),
        ({}, Outcome.UNKNOWN),
    ],
    ids=[
        "register behind",
        "register shows it",
        "executed otherwise",
        "executed unseen",
        "register not read",
        "device away",
    ],
)
def test_a_numbered_write_is_judged_by_the_sequence_register_and_what_is_read_back(
    read: dict[str, float], expected: Outcome
) -> None:
    site = make_site(sequence="bat/sequence")
    assert outcome(site, command(BATTERY, 42), Transmission.NO_ANSWER, **read)[0] is expected


def test_a_write_that_was_executed_otherwise_says_what_stands_on_the_device() -> None:
    site = make_site(sequence="bat/sequence")
    ended = outcome(site, command(BATTERY, 42), Transmission.WRITTEN, sequence=42.0, battery=12.0)
    assert ended == (Outcome.TIMED_OUT, "executed, shows 12")
