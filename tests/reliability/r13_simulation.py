"""R13: an hour of a gateway's life with faults of every kind, for every seed: the invariants hold."""

from __future__ import annotations

from collections.abc import Callable

from aios.testing.invariants import violations
from aios.testing.simulate import quiet
from aios.testing.simulated_gateway import Life
from aios.testing.simulation import Simulation
from benchmarks.results import commit
from tests.reliability.promise import Promise, Tally, together
from tests.reliability.sabotage import repeats


def attempt(seed: int, count: int) -> Tally:
    """Live through one simulated hour of each seed."""
    return together(_hour(one) for one in range(seed, seed + count))


def control(seed: int) -> Tally:
    """The same with a driver that sends again what got no answer."""
    tallies = []
    for one in range(seed, seed + 20):
        tallies.append(_hour(one, repeats))
        if tallies[-1].broken:
            break
    return together(tallies)


def _hour(seed: int, sabotage: Callable[[Life], None] = lambda _: None) -> Tally:
    again = f"repeat: python -m aios.testing.simulate --seed {seed} --trace, at commit {commit()}"
    try:
        with quiet():
            history = Simulation.of(seed, sabotage=sabotage).run()
    except Exception as error:  # noqa: BLE001 - a gateway that ends by itself is a finding, not the end of the lane
        return Tally(tried=1, broken=(f"seed {seed}: the gateway ended: {error!r}; {again}",))
    broken = tuple(f"seed {seed}: {one}; {again}" for one in violations(history))
    counts = {
        "ticks": len(history.ticks),
        "writes": len(history.wired),
        "restarts": history.lives - 1,
        "faults": len(history.faults),
    }
    return Tally(tried=1, broken=broken, counts=counts)


PROMISE = Promise(
    id="R13",
    claim="In a simulated hour with faults of network, disk, clock, process, device and policy I1 to I8 "
    "hold, and after them every agent comes back",
    unit="seeds",
    full=1000,
    reduced=14,
    attempt=attempt,
    control=control,
    part=10,
    goal="kernel.seeds_violating",
    seed=1,
)
