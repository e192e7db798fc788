"""R10: whatever happens to the wall clock, no scan is missed or doubled, nothing times out early."""

from __future__ import annotations

import random
from itertools import pairwise

import msgspec

from aios.testing.injected import Injected, Kind
from aios.testing.invariants import violations
from aios.testing.seen import History
from aios.testing.simulate import quiet
from aios.testing.simulated_gateway import Life
from aios.testing.simulation import STARTS, Simulation
from aios.testing.small_site import TICK_S
from kernel.command import Command, Outcome, Receipt
from kernel.point import NANOSECONDS
from tests.reliability.promise import Promise, Tally, together

SECONDS = 2400.0
"""Over the moments that the starts lead up to: summer time, the leap second, 2038."""
STEPS_S = (3600.0, -3600.0, 60.0, -60.0, -1.0)


def attempt(seed: int, count: int) -> Tally:
    """Live through forty minutes with one fault of the clock after the other."""
    return together(_live(one) for one in range(seed, seed + count))


def control(seed: int) -> Tally:
    """The same with a gateway that takes the clock on the wall for operational time."""
    return together(_live(one, sabotage=goes_by_the_wall) for one in range(seed, seed + 4))


def goes_by_the_wall(life: Life) -> None:
    """Let control go by the clock on the wall."""
    life.clock.now_ns = life.clock.wall_ns  # type: ignore[method-assign]


def faults_of(seed: int) -> tuple[Injected, ...]:
    """Choose steps, a freeze, a leap second and a lost source, minutes apart."""
    dice = random.Random(f"clock {seed}")
    kinds = [Kind.CLOCK_STEP, Kind.CLOCK_FROZEN, Kind.CLOCK_LEAP, Kind.CLOCK_LOST, Kind.CLOCK_STEP]
    dice.shuffle(kinds)
    faults = []
    for place, kind in enumerate(kinds):
        onset_s = 200.0 + 400.0 * place + dice.uniform(0.0, 100.0)
        amount = {Kind.CLOCK_STEP: dice.choice(STEPS_S), Kind.CLOCK_LEAP: -1.0}.get(kind, 0.0)
        end_s = onset_s + dice.uniform(20.0, 200.0)
        faults.append(Injected(kind=kind, target="machine", onset_s=onset_s, end_s=end_s, amount=amount))
    return tuple(faults)


def _live(seed: int, **more) -> Tally:
    simulation = Simulation(
        seed=seed, faults=faults_of(seed), seconds=SECONDS, start_s=STARTS[seed % len(STARTS)], **more
    )
    try:
        with quiet():
            history = simulation.run()
    except Exception as error:  # noqa: BLE001 - a gateway that ends by itself is a finding
        return Tally(tried=1, broken=(f"seed {seed}: the gateway ended: {error!r}",))
    found = [*violations(history), *_scans(history), *_early(history), *_marked(history)]
    marks = sum(entry.kind == "clock" for entry in history.entries)
    counts = {"scans": float(len(_scan_times(history))), "clock_entries": float(marks)}
    return Tally(tried=1, broken=tuple(f"seed {seed}: {one}" for one in found), counts=counts)


def _scan_times(history: History) -> list[float]:
    """Return the true times of the base ticks: two ticks of the pipe at one moment are one scan."""
    times: list[float] = []
    for seen in history.ticks:
        slot = round(seen.at_s / TICK_S) * TICK_S
        if not times or slot != times[-1] or seen.tick == 0:
            times.append(slot)
    return times


def _scans(history: History) -> list[str]:
    """Every base tick has its scan, once, at most half a tick late."""
    times = _scan_times(history)
    gaps = [
        f"{later - before:g} s between two scans"
        for before, later in pairwise(times)
        if later - before != TICK_S
    ]
    late = [f"a scan at {one.at_s:g} s" for one in history.ticks if one.at_s % TICK_S > TICK_S / 2]
    back = [f"time goes back at {b.at_s:g} s" for a, b in pairwise(history.ticks) if b.now_ns < a.now_ns]
    return gaps[:2] + late[:2] + back[:2]


def _early(history: History) -> list[str]:
    """No command is given up before its time."""
    issued = {
        entry.subject: msgspec.json.decode(entry.body, type=Command)
        for entry in history.entries
        if entry.kind == "command"
    }
    found = []
    for entry in history.entries:
        if entry.kind == "receipt":
            receipt = msgspec.json.decode(entry.body, type=Receipt)
            took_s = (receipt.at_ns - issued[receipt.command].issued_at_ns) / NANOSECONDS
            allowed_s = {Outcome.TIMED_OUT: 10.0, Outcome.EXPIRED: 10.0}.get(receipt.outcome, 0.0)
            if took_s < allowed_s:
                found.append(f"{receipt.command} ended {receipt.outcome} after {took_s:g} s")
    return found


def _marked(history: History) -> list[str]:
    """The journal marks every step of the clock."""
    marks = sum(entry.kind == "clock" and "was set by" in entry.body for entry in history.entries)
    steps = sum(fault.kind in {Kind.CLOCK_STEP, Kind.CLOCK_LEAP} for fault in history.faults)
    return [] if marks >= steps else [f"{steps} steps of the clock, {marks} marked in the journal"]


PROMISE = Promise(
    id="R10",
    claim="A stepped, frozen or lost clock, summer time, a leap second, 2038: no scan missed or doubled, "
    "no early time-out, order kept, each step in the journal",
    unit="seeds",
    full=200,
    reduced=4,
    attempt=attempt,
    control=control,
    part=5,
    seed=1,
)
