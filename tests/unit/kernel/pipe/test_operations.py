"""What the gateway has operated is counted, over restarts, and told to policy with what is reserved."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from kernel.asset import Asset
from kernel.command import Outcome
from kernel.journal.written import operations
from kernel.pipe.candidates import seen_by_policy
from kernel.pipe.operations import KEPT_NS, counted_points, operations_left, past_operations
from kernel.pipe.state import Operated
from kernel.point import OnLoss, Operation, Point, Writing
from kernel.ports import Reserved
from kernel.testing import EmptyPast
from policies.bundle import load_bundle
from policies.embedded import EmbeddedGate
from tests.unit.kernel.conftest import BATTERY, BREAKER, S, make_site
from tests.unit.kernel.pipe.test_movement_left import journalled, written
from tests.unit.kernel.pipe.test_selecting import select_line, select_site
from tests.unit.kernel.ticking import Line, close_breaker


def closing(at_s: float, **changes: object) -> object:
    pulse = msgspec.structs.replace(
        written(at_s, 1.0), id=f"p{at_s:g}", point=BREAKER, operation=Operation.PULSE
    )
    return msgspec.structs.replace(pulse, **changes)


def test_a_pulse_is_counted_and_told_with_its_age() -> None:
    line = Line()
    line.tick(None, close_breaker(line))
    assert line.state.operated == {"cb": (Operated(point=BREAKER, value=1.0, at_ns=1000 * S),)}
    for _ in range(15):
        line.tick()
    line.tick(None, close_breaker(line))
    (seen,) = line.asked[-1].operations["cb"]
    assert (seen.point, seen.quantity, seen.value, seen.ago_s) == (BREAKER, "close", 1.0, 16.0)


def test_set_points_that_are_no_codes_are_not_counted() -> None:
    assert BATTERY not in counted_points(make_site())
    assert BREAKER in counted_points(make_site())


def test_an_operation_of_another_day_is_forgotten() -> None:
    past = {"cb": (Operated(point=BREAKER, value=1.0, at_ns=0), Operated(point=BREAKER, value=1.0, at_ns=1))}
    (seen,) = past_operations(past, ["cb", "x"], now_ns=KEPT_NS)["cb"]
    assert seen.ago_s == pytest.approx(86_400.0)
    assert operations_left(make_site(), past["cb"], now_ns=KEPT_NS + 1) == {}


def test_counts_go_on_through_a_restart(tmp_path: Path) -> None:
    commands = [closing(900.0), closing(950.0, renewal=True), closing(960.0, test=True), closing(970.0)]
    journal = journalled(tmp_path, *((one, Outcome.UNKNOWN) for one in commands))  # type: ignore[misc]
    line = Line()
    done = operations(journal.bodies(), counted_points(line.pipe.site), since_ns=900 * S)
    assert operations(journal.bodies(), counted_points(line.pipe.site), since_ns=901 * S) == done[:1]
    journal.close()
    line.state = line.pipe.begin(EmptyPast(), now_ns=999 * S, operated=done)
    line.tick(None, close_breaker(line))
    assert [one.ago_s for one in line.asked[-1].operations["cb"]] == [100.0, 30.0]


def test_a_reservation_is_told_with_what_is_left_of_it() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    assert line.asked[0].reservations == {}
    line.tick()
    (operate,) = (c for c in line.asked[-1].commands if c.point == BREAKER)
    reserved = Reserved(confirmed=True, value=1.0, asked_by=operate.asked_by, left_s=5.0)
    assert line.asked[-1].reservations == {operate.id: reserved}


def test_the_kernels_own_sequence_passes_the_policy_of_select_before_operate() -> None:
    line = select_line()
    line.tick(None, close_breaker(line))
    line.tick()
    gate = EmbeddedGate(load_bundle(["sbo_sequence"], select_site()))
    for request in line.asked:
        verdicts = gate.judge_now(request).verdicts.values()
        assert {type(verdict).__name__ for verdict in verdicts} == {"Allow"}
    late = {name: msgspec.structs.replace(one, left_s=0.0) for name, one in request.reservations.items()}
    (verdict,) = gate.judge_now(msgspec.structs.replace(request, reservations=late)).verdicts.values()
    assert "has 0 s left" in verdict.reason  # type: ignore[union-attr]


def test_policy_sees_the_limits_of_the_plants_behind_the_same_constraint() -> None:
    limit = Writing(low=0.0, high=1.0, safe_value=0.0, on_loss=OnLoss.HOLD)
    points = tuple(
        Point(name=f"{name}/limit", unit="kW", writing=limit) for name in ("p", "q", "far", "load")
    )
    site = msgspec.structs.replace(
        make_site(),
        assets=(
            Asset(name="p", kind="plant", upstream="line"),
            Asset(name="q", kind="plant", upstream="line"),
            Asset(name="far", kind="plant", upstream="other"),
            Asset(name="load", kind="load", upstream="line"),
        ),
        points=points,
    )
    assert seen_by_policy(site) == {"p": (0, 1), "q": (0, 1), "far": (2,), "load": (3,)}
