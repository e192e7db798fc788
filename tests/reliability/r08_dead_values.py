"""R8: a device that goes silent is known to be, its output falls back by itself, and both are told once.

A gateway of one site with every kind of simulated device, on wires in virtual time. At a moment of the seed
one device goes away, in one of the ways in which devices do, and comes back some time later. None of its
values may be good at the tick after its second missed scan; an output stands on its fallback when its own
timer has run out, two seconds at most; one notice and one line of the log say that it is gone, and one each
that it is back. The control looks at a gateway whose bus goes on calling the last values good.
"""

from __future__ import annotations

import asyncio
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog

from aios.folder import Folder
from aios.gateway.compose import Assembly, Surroundings, assemble, bundle_of
from aios.site import site_of
from aios.testing.injected import Faults, Injected, Kind
from aios.testing.seeded_loop import run_seeded
from aios.testing.simulated_clock import SimulatedClock, WallClock, true_ns
from aios.testing.simulated_device import FaultyDevice
from aios.testing.simulated_network import SimulatedLink, SimulatedNetwork
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from edge.subsystems import READ_PHASE
from kernel.measurement import Block
from kernel.pipe.tick import Decided, Inputs
from kernel.point import NANOSECONDS
from kernel.proposal import Priority, Proposal
from kernel.quality import VALIDITY
from kernel.shell.worker import InlineWorkers
from kernel.site import Site
from kernel.testing import EmptyPast
from policies.embedded import EmbeddedGate
from simulators.devices.make import make_bank
from tests.reliability.promise import Promise, Tally, together

TICK_S: Final = 1.0
WATCHDOG_S: Final = 2.0
"""The inverter's own timer: what the promise bounds."""
BAD_WITHIN_S: Final = (2.0 + 1.0 - READ_PHASE) * TICK_S
"""Two scans, and the rest of the tick that sees it: devices are read between two ticks."""
AWAY: Final = (Kind.DEVICE_SILENT, Kind.NETWORK_PARTITION, Kind.DEVICE_REBOOT)
"""Ways of going away: no answer, no connection, switched off and on."""
SETPOINT: Final = "bat1/active_power_setpoint"
WANTED_KW: Final = 150.0
_REGISTERS: Final = (Table.HOLDING, 101, 2)
"""Where the set-point lies in the inverter, in 0.1 kW."""
DEVICES: Final = {
    "meter": ("grid", "feeder_meter"),
    "monitor": ("t1", "transformer_monitor"),
    "inverter": ("bat1", "battery_inverter"),
    "breaker": ("cb1", "breaker"),
}
ASSETS: Final = {
    "grid": "connection",
    "t1": "transformer",
    "bat1": "battery",
    "cb1": "breaker",
}
RATINGS: Final = "ratings = { power_kw = 1000.0, energy_kwh = 4000.0 }"
TEXT: Final = "\n".join(
    [
        f'[site]\nname = "every_kind"\ntitle = "Every kind of device"\nbase_tick_s = {TICK_S}',
        *(
            f'[[asset]]\nname = "{name}"\nkind = "{kind}"\n{RATINGS if kind == "battery" else ""}'
            for name, kind in ASSETS.items()
        ),
        *(
            f'[[device]]\nname = "{name}"\nasset = "{asset}"\nmap = "{kind}"\nunit = {unit}'
            for unit, (name, (asset, kind)) in enumerate(DEVICES.items(), start=1)
        ),
        f"""[[point]]
name = "{SETPOINT}"
[point.writing]
low = -1000.0
high = 1000.0
safe_value = 0.0
on_loss = "let_revert"
renew_s = 0.5
reversion_s = {WATCHDOG_S}
reversion_value = 0.0
[policies]
names = ["der_reversion_required"]
""",
    ]
)


@dataclass(slots=True)
class Seen:
    """What one run showed of the device that went away."""

    bad_after_s: float | None = None
    """From its going away to the first tick with none of its values good, seconds."""
    good_again: int = 0
    """Ticks with a good value of it after that, while it was away."""
    back_after_s: float | None = None
    notices: list[tuple[float, bool]] = field(default_factory=list)
    """When a notice about it began or ended."""
    output_kw: list[tuple[float, float]] = field(default_factory=list)
    """What stood on the inverter, by time."""


class Watch:
    """Hears the ticks of a gateway."""

    def __init__(self, site: Site, fault: Injected) -> None:
        self.seen = Seen()
        self.gateway: Assembly | None = None
        self._fault = fault
        self._rows = np.array([r for r, p in enumerate(site.points) if p.source == fault.target])
        self._was_told = False

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        """Look at the device's values, and at what is told of it."""
        now_s, fault, seen = asyncio.get_running_loop().time(), self._fault, self.seen
        good = bool(((decided.state.image.quality[self._rows] & VALIDITY) == 0).any())
        if fault.onset_s < now_s < fault.end_s:
            if not good and seen.bad_after_s is None:
                seen.bad_after_s = now_s - fault.onset_s
            seen.good_again += good and seen.bad_after_s is not None
        elif now_s >= fault.end_s and good and seen.back_after_s is None:
            seen.back_after_s = now_s - fault.end_s
        if self.gateway is not None:
            names = {one.id for one in self.gateway.desk.notices.current() if one.active}
            is_told = f"device:{fault.target}" in names
            if is_told is not self._was_told:
                seen.notices.append((now_s, is_told))
                self._was_told = is_told


def fault_of(seed: int) -> Injected:
    """Choose the device, the way and the moment; short and long, at every place of a scan."""
    dice = random.Random(f"silent {seed}")
    onset_s = 15.0 + dice.uniform(0.0, 2 * TICK_S)
    return Injected(
        kind=AWAY[seed // len(DEVICES) % len(AWAY)],
        target=list(DEVICES)[seed % len(DEVICES)],
        onset_s=onset_s,
        end_s=onset_s + dice.uniform(5.0, 25.0),
    )


async def live(seed: int, fault: Injected, folder: Path, sabotage: Callable[[Assembly], None]) -> Seen:
    """Live through one silence."""
    site = site_of(TEXT)
    faults = Faults((fault,), lambda: asyncio.get_running_loop().time())
    network = SimulatedNetwork(faults, seed, true_ns)
    devices = {
        device.name: FaultyDevice(
            device.name,
            lambda device=device: make_bank(device, site.asset[device.asset]),  # type: ignore[misc]
            faults,
            seed=seed,
            numbers_writes=device.name == "inverter",
            world=lambda _, device=device: _ordinary(device.map),  # type: ignore[misc]
        )
        for device in site.devices
    }
    clock = SimulatedClock(WallClock(epoch_ns=1_795_376_000 * NANOSECONDS))
    watch = Watch(site, fault)
    around = Surroundings(
        clock=clock,
        gate=EmbeddedGate(bundle_of(site)),
        workers=InlineWorkers({}, EmptyPast(), clock),
        link=lambda name: SimulatedLink(network, devices[name]),
        threaded=False,
        durable=False,
        run=f"r8-{seed}",
        stopwatch_ns=true_ns,
    )
    gateway = watch.gateway = assemble(site, TEXT, Folder(root=folder), around, (watch,))
    sabotage(gateway)
    kernel = gateway.kernel
    tasks = [
        asyncio.ensure_future(bus.run(period_s=TICK_S, phase_s=TICK_S * READ_PHASE)) for bus in gateway.buses
    ]
    tasks.append(asyncio.ensure_future(kernel.run(lambda _: False)))
    kernel.inbox.request(_wish(clock.now_ns()))
    while asyncio.get_running_loop().time() < fault.end_s + 10.0:
        await asyncio.sleep(0.1)
        high, low = devices["inverter"].look(*_REGISTERS, true_ns())
        raw = high << 16 | low
        watch.seen.output_kw.append((asyncio.get_running_loop().time(), 0.1 * raw))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    kernel.close()
    gateway.close()
    return watch.seen


def _ordinary(kind: str) -> dict[str, float]:
    """Return what a device of a kind measures on an ordinary day: the middle of what is plausible."""
    rules = {entry.quantity: entry.plausibility for entry in load_map(kind).entries}
    return {name: (rule.low + rule.high) / 2 if rule else 0.0 for name, rule in rules.items()}


def _wish(now_ns: int) -> Proposal:
    """Ask for power all the time: so something stands that must fall back."""
    return Proposal(
        agent="person:tester",
        point=SETPOINT,
        priority=Priority.PERSON,
        wanted=WANTED_KW,
        reason="asked for",
        made_at_ns=now_ns,
        expires_at_ns=now_ns + 3600 * NANOSECONDS,
    )


def judged(seen: Seen, fault: Injected, logged: list[Any]) -> list[str]:
    """Return every part of the promise that was not kept."""
    found = []
    if seen.bad_after_s is None or seen.bad_after_s > BAD_WITHIN_S:
        found.append(f"its values were good {seen.bad_after_s} s after it went away")
    if seen.good_again:
        found.append(f"{seen.good_again} ticks showed a good value of a device that was away")
    if seen.back_after_s is None or seen.back_after_s > 5.0:
        found.append(f"it was back and its values were good only after {seen.back_after_s} s")
    if [began for _, began in seen.notices] != [True, False]:
        found.append(f"notices began and ended at {seen.notices}")
    lines = [line["event"] for line in logged if line.get("device") == fault.target]
    if lines != ["device away", "device back"]:
        found.append(f"the log says {lines}")
    if fault.target == "inverter":
        late = [kw for at_s, kw in seen.output_kw if fault.onset_s + WATCHDOG_S + 0.1 < at_s < fault.end_s]
        if not late or any(late):
            found.append(f"its output stood on {max(late, default=0.0)} kW after its watchdog")
        before = [kw for at_s, kw in seen.output_kw if at_s < fault.onset_s]
        if WANTED_KW not in before:
            found.append("nothing stood on it that could fall back")
    return found


def one(seed: int, sabotage: Callable[[Assembly], None] = lambda _: None) -> Tally:
    """Live one seed, and judge it."""
    fault = fault_of(seed)
    with structlog.testing.capture_logs() as logged, tempfile.TemporaryDirectory(prefix="aios-r8-") as folder:
        seen = run_seeded(live(seed, fault, Path(folder), sabotage), seed)
    broken = tuple(f"seed {seed}, {fault}: {words}" for words in judged(seen, fault, logged))
    return Tally(
        tried=1,
        broken=broken,
        counts={f"{fault.target} {fault.kind.value}": 1.0},
        worst={"bad_after_s": seen.bad_after_s or 0.0, "back_after_s": seen.back_after_s or 0.0},
    )


def attempt(seed: int, count: int) -> Tally:
    """Let one device after the other go away and come back."""
    return together(one(number) for number in range(seed, seed + count))


def control(seed: int) -> Tally:
    """The same with buses that go on calling the last values good."""
    return together(one(number, sabotage=_keeps_the_last) for number in range(seed, seed + len(DEVICES)))


def _keeps_the_last(gateway: Assembly) -> None:
    for bus in gateway.buses:
        keep, last = bus._keep, []

        def frozen(block: Block, keep: Any = keep, last: list[Block] = last) -> None:
            if not (block.quality & VALIDITY).all():
                last[:] = [block]
            keep(last[0] if last else block)

        bus._keep = frozen  # type: ignore[method-assign]


PROMISE = Promise(
    id="R8",
    claim="A silent device is BAD within two scans, its output falls back within 2 s, and each is told once",
    unit="silences",
    full=600,
    reduced=12,
    attempt=attempt,
    control=control,
    part=50,
    seed=8,
)
