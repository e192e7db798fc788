"""A gateway composed as in the field takes up what a life before it left: open commands, standing values."""

from __future__ import annotations

from aios.testing.injected import Injected, Kind
from aios.testing.invariants import violations
from aios.testing.simulate import quiet
from aios.testing.simulation import Simulation
from aios.testing.small_site import KEEPING


def killed(at_s: float, *others: Injected):
    """Ten minutes in which the gateway is killed once and the optimiser's worker is away afterwards."""
    kill = Injected(kind=Kind.GATEWAY_KILLED, target="machine", onset_s=at_s, end_s=at_s + 5.0)
    with quiet():
        return Simulation(seed=4, faults=(kill, *others), seconds=600.0).run()


def test_a_value_that_stood_when_the_gateway_was_killed_goes_safe_when_nobody_wants_it_after():
    hang = Injected(kind=Kind.WORKER_HANG, target="machine", onset_s=200.0, end_s=600.0)
    history = killed(230.0, hang)
    kept = [one for one in history.samples if one.point == KEEPING]
    assert any(abs(one.value) > 50.0 for one in kept if 200.0 < one.at_s < 230.0)
    after = [one.value for one in kept if 255.0 < one.at_s < 280.0 and not one.owners]
    assert after == [0.0] * 5
    assert violations(history) == ()


def test_commands_that_were_open_when_the_gateway_was_killed_end():
    for at_s in (60.02, 90.02, 120.02, 150.02, 210.02, 240.02, 270.02):
        history = killed(at_s)
        assert history.open_at_end == ()
        assert violations(history) == ()
