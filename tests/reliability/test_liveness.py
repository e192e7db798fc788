"""The liveness judges see a gateway that keeps every invariant and never comes back."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from aios.testing.injected import MACHINE, Injected, Kind
from aios.testing.invariants import violations
from aios.testing.seen import History
from aios.testing.simulate import quiet
from aios.testing.simulated_gateway import Life
from aios.testing.simulation import QUIET_S, Simulation
from aios.testing.small_site import REVERTING

SECONDS = 900.0
OUTAGE = Injected(kind=Kind.GATE_RAISES, target=MACHINE, onset_s=200.0, end_s=SECONDS - QUIET_S + 100.0)
SEED = 1
"""A seed in which the last thing that a person asks for, within the outage, is over when it ends."""


def never_probes(life: Life) -> None:
    """Ask the gate only where somebody wants something."""
    pipe = life.kernel.pipe
    draft = pipe.draft

    def silent(*args, **more):
        made = draft(*args, **more)
        return made if made.candidates else msgspec.structs.replace(made, request=None)

    pipe.draft = silent


def lived(**more) -> History:
    with quiet():
        return Simulation(seed=SEED, faults=(OUTAGE,), seconds=SECONDS, **more).run()


def test_after_a_long_outage_of_the_gate_every_agent_is_back_and_every_point_has_an_owner() -> None:
    history = lived()
    assert violations(history) == ()
    assert {one.rungs["follower"].rung for one in history.ticks[10:]} >= {"model", "hold"}


def test_a_gateway_that_does_not_ask_the_gate_again_is_found() -> None:
    found = violations(lived(sabotage=never_probes))
    assert [one for one in found if one.startswith("L1") and "gate_failed" in one], found
    assert all(one.startswith("L") for one in found), "it keeps every invariant"


def test_a_set_point_that_nobody_wants_any_more_is_found() -> None:
    history = lived()
    history.samples = [msgspec.structs.replace(one, owners=()) for one in history.samples]
    assert [one for one in violations(history) if one.startswith("L2") and REVERTING in one]


@pytest.mark.parametrize("agent", ["guard", "follower"])
def test_an_agent_that_stays_down_is_found(agent: str) -> None:
    history = lived()
    stuck = next(
        one.rungs[agent] for one in history.ticks[10:] if one.rungs[agent].condition == "gate_failed"
    )
    history.ticks[-40:] = [replace(one, rungs={**one.rungs, agent: stuck}) for one in history.ticks[-40:]]
    assert [one for one in violations(history) if one.startswith(f"L1 back in time: {agent} ")]
