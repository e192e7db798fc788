"""The whole table: what the wire said, what sort of write it was, what is seen: one end state, or open."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kernel.command import Command, Outcome, Sent, Transmission
from kernel.image import ProcessImage, empty_image, next_image
from kernel.measurement import block
from kernel.pipe.feedback import lost_at_restart, recovered, settle
from kernel.pipe.state import InFlight
from kernel.point import OnLoss, Operation, Writing
from kernel.quality import GOOD, OLD, QUESTIONABLE
from kernel.site import Site
from tests.unit.kernel.conftest import BATTERY, BREAKER, S, make_site

SENT = 1000 * S
OPEN = "open"
W, R, NS, NA, E, SU = (
    Transmission.WRITTEN,
    Transmission.REFUSED,
    Transmission.NOT_SENT,
    Transmission.NO_ANSWER,
    Transmission.EXPIRED,
    Transmission.SUPERSEDED,
)
NUMBERED_PULSE = Writing(
    low=1, high=1, safe_value=0, on_loss=OnLoss.HOLD, operation=Operation.PULSE, feedback="cb/position",
    feedback_value=2.0, feedback_s=5.0, sequence="bat/sequence",
)  # fmt: skip


def site_of(sort: str) -> Site:
    site = make_site(**({"sequence": "bat/sequence"} if sort == "numbered set-point" else {}))
    if sort != "numbered pulse":
        return site
    points = [
        msgspec.structs.replace(p, writing=NUMBERED_PULSE) if p.name == BREAKER else p for p in site.points
    ]
    return msgspec.structs.replace(site, points=tuple(points))


def command_of(sort: str) -> Command:
    is_pulse = sort.endswith("pulse")
    return Command(
        id="c", trace="t", point=BREAKER if is_pulse else BATTERY, value=1.0 if is_pulse else 30.0, tick=0,
        operation=Operation.PULSE if is_pulse else Operation.SETPOINT, issued_at_ns=SENT, valid_until_ns=SENT,
        sequence=42 if sort.startswith("numbered") else None, authority="gate", revision="test", reason="r",
    )  # fmt: skip


SIGHTS: dict[str, dict[str, Any]] = {
    "too early": dict(at=SENT - 1, now=SENT + S, effect=True),
    "effect": dict(at=SENT, now=SENT + S, effect=True),
    "no effect yet": dict(at=SENT + S, now=SENT + 5 * S - 1, effect=False),
    "no effect in time": dict(at=SENT + S, now=SENT + 5 * S, effect=False),
    "doubtful": dict(at=SENT + S, now=SENT + 5 * S, effect=True, quality=QUESTIONABLE | OLD),
    "never seen": dict(at=SENT - 1, now=SENT + 5 * S, effect=False),
}
SORTS = ("set-point", "pulse", "numbered set-point", "numbered pulse")


def image_of(site: Site, *, at: int, now: int, effect: bool, quality: int = GOOD) -> ProcessImage:
    names = {BATTERY: 30.0 if effect else 7.0, "cb/position": 2.0 if effect else 1.0}
    names["bat/sequence"] = 42.0 if effect else 41.0
    rows = [site.row[name] for name in names]
    read = block(rows, list(names.values()), [quality] * len(rows), at_ns=at)
    return next_image(empty_image(len(site.points), now_ns=0), [read], tick=1, now_ns=now)


def expected(transmission: Transmission | None, sort: str, sight: str) -> Outcome | str:
    """The table, said once more in another way: by what is known."""
    plain = {None: OPEN, R: Outcome.REFUSED} | dict.fromkeys((NS, E, SU), Outcome.EXPIRED)
    if transmission in plain:
        return plain[transmission]
    if sort == "pulse" and transmission is NA:
        return Outcome.UNKNOWN
    if sight == "effect":
        return Outcome.DONE
    if sight in ("too early", "no effect yet"):
        return OPEN
    proven = sight == "no effect in time" and sort != "pulse"
    return Outcome.TIMED_OUT if proven else Outcome.UNKNOWN


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("transmission", [None, *Transmission], ids=str)
def test_every_write_ends_as_what_is_known_of_it(
    transmission: Transmission | None, sort: str, sight: str
) -> None:
    site = site_of(sort)
    flights, reports = {"c": InFlight(command=command_of(sort))}, []
    if transmission is not None:
        reports = [Sent(command="c", transmission=transmission, at_ns=SENT)]
    still_open, receipts = settle(site, flights, reports, image_of(site, **SIGHTS[sight]))
    assert len(still_open) + len(receipts) == 1
    assert (receipts[0].outcome if receipts else OPEN) == expected(transmission, sort, sight)


def by_register(register: int, number: int, wire: Transmission = W, *, late: bool = False) -> Outcome | str:
    site = site_of("numbered set-point")
    flight = InFlight(command=msgspec.structs.replace(command_of("numbered set-point"), sequence=number))
    now = SENT + (5 if late else 1) * S
    rows = [site.row["bat/sequence"], site.row[BATTERY]]
    value = command_of("numbered set-point").value
    read = block(rows, [float(register), value], [GOOD, GOOD], at_ns=SENT)
    image = next_image(empty_image(len(site.points), now_ns=0), [read], tick=1, now_ns=now)
    _, receipts = settle(site, {"c": flight}, [Sent(command="c", transmission=wire, at_ns=SENT)], image)
    return receipts[0].outcome if receipts else OPEN


@pytest.mark.parametrize(("outlived", "outcome"), [(False, Outcome.TIMED_OUT), (True, Outcome.UNKNOWN)])
def test_a_write_executed_before_this_run_whose_effect_is_gone_is_not_said_to_be_undone(outlived, outcome):
    site = site_of("numbered set-point")
    flight = InFlight(command=command_of("numbered set-point"), outlived=outlived)
    rows = [site.row["bat/sequence"], site.row[BATTERY]]
    reverted = block(rows, [42.0, 0.0], [GOOD, GOOD], at_ns=SENT + S)
    image = next_image(empty_image(len(site.points), now_ns=0), [reverted], tick=1, now_ns=SENT + 10 * S)
    said = [Sent(command="c", transmission=NA, at_ns=SENT)]
    _, (receipt,) = settle(site, {"c": flight}, said, image)
    assert receipt.outcome is outcome


@pytest.mark.parametrize(
    ("register", "number", "wire", "late", "outcome"),
    [
        (0, 0, W, False, Outcome.DONE),
        (65535, 0, W, False, OPEN),
        (65535, 0, W, True, Outcome.TIMED_OUT),
        (0, 65535, W, False, Outcome.DONE),
        (0, 65535, NA, False, Outcome.UNKNOWN),
        (3, 65535, NA, False, Outcome.UNKNOWN),
        (32767, 0, W, False, Outcome.DONE),
        (32768, 0, W, False, OPEN),
        (43, 42, NA, False, Outcome.UNKNOWN),
    ],
    ids=[
        "at the wrap", "just behind the wrap", "still behind", "over the wrap", "over it, no answer",
        "far over the wrap, no answer", "half the range ahead", "half the range behind", "overtaken",
    ],
)  # fmt: skip
def test_sequence_numbers_wrap_at_65535(
    register: int, number: int, wire: Transmission, *, late: bool, outcome: Outcome | str
) -> None:
    assert by_register(register, number, wire, late=late) == outcome


def test_a_feedback_within_its_tolerance_shows_the_effect_and_one_beyond_does_not() -> None:
    site = make_site(tolerance=0.5)
    for read, ended in ((30.5, 1), (29.5, 1), (30.6, 0)):
        seen = block([site.row[BATTERY]], [read], [GOOD], at_ns=SENT)
        image = next_image(empty_image(len(site.points), now_ns=0), [seen], tick=1, now_ns=SENT + S)
        flights = {"c": InFlight(command=command_of("set-point"))}
        _, receipts = settle(site, flights, [Sent(command="c", transmission=W, at_ns=SENT)], image)
        assert len(receipts) == ended


def test_a_report_on_a_command_that_is_not_open_changes_nothing() -> None:
    site = make_site()
    stranger = Sent(command="x", transmission=R, at_ns=SENT)
    assert settle(site, {}, [stranger], empty_image(len(site.points), now_ns=0)) == ({}, ())


@pytest.mark.parametrize(
    ("sort", "effect", "outcome"),
    [
        ("set-point", True, Outcome.DONE),
        ("set-point", False, OPEN),
        ("pulse", True, Outcome.UNKNOWN),
        ("numbered pulse", True, Outcome.DONE),
        ("numbered set-point", True, Outcome.DONE),
    ],
)
def test_a_command_left_open_by_a_restart_had_no_answer(
    sort: str, *, effect: bool, outcome: Outcome | str
) -> None:
    site = site_of(sort)
    flights = recovered([command_of(sort)])
    image = image_of(site, at=SENT + S, now=SENT + S, effect=effect)
    still_open, receipts = settle(site, flights, lost_at_restart(flights, now_ns=SENT), image)
    assert (receipts[0].outcome if receipts else OPEN) == outcome
    assert len(still_open) + len(receipts) == 1
