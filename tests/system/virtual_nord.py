"""Substation nord under the virtual clock, with what a test wants to change and to watch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import aios
from aios.site import site_of
from aios.virtual.run import VirtualRun, prepare
from kernel.command import Command, Receipt
from kernel.pipe.state import PipeState
from kernel.pipe.tick import Basis, Decided, Inputs, Refused
from kernel.point import NANOSECONDS, Operation
from kernel.ports import Gate
from kernel.proposal import Priority, Proposal
from kernel.quality import describe
from simulators.scenario import scenario_of

NORD = Path(aios.__file__).parent / "sites" / "nord.toml"
SETPOINT, METER = "bat1/active_power_setpoint", "grid/active_power"


@dataclass
class Witness:
    """Hears every tick and keeps what tests ask about."""

    states: list[PipeState] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    bases: list[Basis] = field(default_factory=list)

    def heard(self, inputs: Inputs, decided: Decided) -> None:
        outputs = decided.outputs
        self.states.append(decided.state)
        self.commands += outputs.commands
        self.refused += outputs.refused
        self.receipts += outputs.receipts
        self.bases += outputs.bases

    def forget(self) -> None:
        for kept in (self.states, self.commands, self.refused, self.receipts, self.bases):
            kept.clear()

    def words(self, point: str) -> list[str]:
        """Quality of a point in words, tick by tick."""
        return [describe(int(s.image.quality[_row(s, point)])) for s in self.states]


_rows: dict[str, int] = {}


def _row(state: PipeState, point: str) -> int:
    return _rows[point]


@dataclass
class Nord:
    """One run and its witness."""

    run: VirtualRun
    seen: Witness

    @property
    def kernel(self):
        return self.run.gateway.kernel

    @property
    def state(self) -> PipeState:
        return self.kernel.state

    def snapshot(self):
        return self.run.gateway.desk.snapshot(self.kernel)

    def value(self, point: str) -> float:
        return float(self.state.image.value[_rows[point]])

    def use_gate(self, gate: Gate) -> None:
        self.kernel.shell = replace(self.kernel.shell, gate=gate)

    def bank(self, device: str):
        return next(bank for one, bank in self.run.plant.banks.items() if one.name == device)

    async def step(self, ticks: int = 1) -> None:
        for _ in range(ticks):
            await self.run.step()

    async def until(self, condition: Callable[[], bool], *, most: int = 400) -> None:
        """Step until something holds."""
        for _ in range(most):
            if condition():
                return
            await self.step()
        raise AssertionError(f"not within {most} ticks")

    def ask(self, point: str, value: float, *, stands_s: float = 3600.0) -> None:
        """Ask for a value as a person does."""
        now_ns = self.run.clock.now_ns()
        writing = self.run.gateway.site.point(point).writing
        assert writing is not None
        self.kernel.inbox.request(
            Proposal(
                agent="person:test",
                point=point,
                priority=Priority.PERSON,
                wanted=value,
                reason="asked by a test",
                made_at_ns=now_ns,
                expires_at_ns=now_ns + round(stands_s * NANOSECONDS),
                once=writing.operation is Operation.PULSE,
            )
        )


def nord_text(
    *, start: str = "15:00", hours: float = 3.0, seed: int = 7, history_days: int = 8, more: str = ""
) -> str:
    """Return nord's site file, begun later in its day, with a short history and more sections.

    Eight days are the fewest from which forecasts by model come; learning from them takes most of a start.
    """
    text = NORD.read_text(encoding="utf-8")
    changed = text.replace("start = 2016-12-14T00:00:00+01:00", f"start = 2016-12-14T{start}:00+01:00")
    lived = f"seed = {seed}\ndays = {hours / 24.0}\nhistory_days = {history_days}"
    changed = changed.replace("seed = 7", lived)
    assert changed.count(lived) == 1
    return f"{changed}\n{more}"


def make_nord(folder: Path, text: str | None = None, listeners: Sequence[object] = ()) -> Nord:
    """Build a run. It starts a loop of its own, so call it outside of one."""
    text = text or nord_text()
    site = site_of(text)
    _rows.update(site.row)
    run, seen = prepare(site, text, scenario_of(site), folder), Witness()
    kernel = run.gateway.kernel
    kernel.shell = replace(kernel.shell, listeners=(*kernel.shell.listeners, seen, *listeners))
    return Nord(run, seen)
