"""Does a capacitor bank give the reactive power that its steps say?

    expected = steps in x rating of a step x (U / U_n)^2

What is missing beyond the tolerance of the capacitors and a share of one step is a blown fuse, or capacitors
that have failed. Ratings of the asset: `step_kvar` at `voltage_kv`.

Source: power of a capacitor at constant capacitance; tolerance of the capacitance as in IEC 60871-1 (memory).
Limits in `rules.toml`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from edge.alarms.definition import Definition, defined
from edge.alarms.equipped import equipped
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words, all_found
from kernel.asset import Asset
from kernel.site import Site

CONDITION: Final = "capacitor_weak"
DEAD_PU: Final = 0.5
"""Share of the nominal voltage below which a bank is not judged: no supply, or a short circuit."""
NEAR_PERCENT: Final = -50.0
"""Further below its limit than this share of a step nothing is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bank:
    """One bank."""

    asset: Asset
    steps: int
    """Row, as are the two below."""
    reactive: int
    voltage: int
    step_kvar: float
    nominal_kv: float

    @property
    def rows(self) -> tuple[int, ...]:
        """Everything that it is judged by."""
        return (self.reactive, self.steps, self.voltage)

    def step(self, values: list[float]) -> float:
        """Return what one step gives at the voltage as it is, kvar."""
        pu = values[self.voltage] / self.nominal_kv
        return self.step_kvar * pu * pu


class CapacitorPower(SeenAtOnce):
    """Reactive power against steps of every bank that shows both."""

    period_s = 10.0

    def __init__(self, site: Site) -> None:
        """Find the banks of a site."""
        self._site = site
        limits = defined(CONDITION, "").rule.limits
        self._of_bank, self._of_step = limits["percent_of_bank"], limits["percent_of_step"]
        self._banks = equipped(site, "capacitor", _bank)
        self.definitions: tuple[Definition, ...] = tuple(
            defined(CONDITION, bank.asset.name) for bank in self._banks
        )

    def look(self, frame: Frame) -> Overs:
        """Return the banks that give too little, or nearly so, by how many percent of a step."""
        overs: dict[int, float | None] = {}
        values = frame.values
        for number, bank in enumerate(self._banks):
            if not frame.holds(bank.rows):
                overs[number] = None
                continue
            if values[bank.voltage] <= DEAD_PU * bank.nominal_kv:
                continue
            missing = 100.0 * (values[bank.steps] - values[bank.reactive] / bank.step(values))
            over = missing - self._of_step - self._of_bank * values[bank.steps]
            if over > NEAR_PERCENT:
                overs[number] = over
        return overs

    def words(self, number: int, frame: Frame) -> Words:
        """Say what the bank gives, and what its steps should."""
        bank, values = self._banks[number], frame.values
        title = bank.asset.called
        step = bank.step(values)
        text = (
            f"{title} gives {values[bank.reactive]:.0f} kvar where {values[bank.steps]:.0f} steps of "
            f"{step:.0f} kvar at {values[bank.voltage]:.2f} kV are in"
        )
        evidence = all_found(self._site, bank.rows, frame)
        return Words(text=text, evidence=evidence, point=self._site.points[bank.reactive].name)


def _bank(site: Site, asset: Asset) -> _Bank | None:
    """Return the bank of an asset; None where it shows too little to be judged."""
    names = ("capacitor_steps", "reactive_power", "voltage")
    rows = [site.row.get(f"{asset.name}/{name}", -1) for name in names]
    step_kvar, nominal_kv = (asset.ratings.get(name, 0.0) for name in ("step_kvar", "voltage_kv"))
    if min(rows) < 0 or step_kvar <= 0.0 or nominal_kv <= 0.0:
        return None
    steps, reactive, voltage = rows
    return _Bank(
        asset=asset,
        steps=steps,
        reactive=reactive,
        voltage=voltage,
        step_kvar=step_kvar,
        nominal_kv=nominal_kv,
    )
