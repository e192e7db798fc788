"""Does what flows into a busbar come out of it again, within what its instruments may be wrong?

Two balances, where the site measures them whole. At a connection: the head meter against the sum of what is
measured below, in kW, less the losses of the transformers between. At a transformer: the apparent power of
its load current against that of the sum of its branches, in kVA. A sum that does not close beyond the
instruments' accuracy means that one of them is wrong, is deceived, or that power flows where nothing is
measured.

Sources: accuracy class 0.5 of IEC 62053-22 (meters) and IEC 61869-2 (current transformers) where the site
gives no `accuracy_percent` for an asset; independent errors add as squares (ISO/IEC Guide 98-3, uncertainty
of a sum). Losses: typical of power transformers at 110/20 kV, unless the site gives `no_load_loss_kw` and
`load_loss_kw`; taken as known to half of their amount.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter, mul
from typing import Final, NamedTuple

from edge.alarms.busbars import Busbar, busbars
from edge.alarms.definition import Definition, defined
from edge.alarms.family import Frame, Overs, SeenAtOnce, Words, all_found, middle
from edge.alarms.suspects import Suspect, most_likely
from kernel.asset import Asset
from kernel.point import NANOSECONDS
from kernel.site import Site

ACCURACY_PERCENT: Final = 0.5
"""Error limit of a chain of instruments whose asset gives none, % of the reading."""
NO_LOAD_SHARE: Final = 0.0007
"""No-load loss over rated power, typical of 110/20 kV."""
LOAD_SHARE: Final = 0.0045
"""Load loss at rated current over rated power, typical of 110/20 kV."""
LOSS_DOUBT: Final = 0.5
"""Share of the losses that may be missing or too much."""
FLOOR_SHARE: Final = 0.001
"""Least tolerance over the rating of what feeds the busbar: instruments near zero are not that good."""
_SQRT3: Final = math.sqrt(3.0)
TOGETHER_NS: Final = NANOSECONDS
"""Readings within this time are of one moment."""
NEAR: Final = 0.5
"""From this share of its tolerance on a balance is looked at by the machine; below it is well within."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Balance:
    """One busbar whose sum can be checked."""

    busbar: Busbar
    inflow: int
    """Row of what flows in: active power, or load current."""
    volts: tuple[int, ...]
    """Rows of the voltages on the busbar, for an inflow in amperes; empty where it is in kW."""
    rows: tuple[int, ...]
    active: tuple[int, ...]
    """Rows of the branches' active power."""
    signs: tuple[float, ...]
    reactive: tuple[int, ...]
    """Rows of the reactive power of those branches that show one; empty where the inflow is in kW."""
    feeding: tuple[int, ...]
    """Rows of the reactive power of the capacitors; empty where the inflow is in kW."""
    doubts: tuple[float, ...]
    """Of each branch, the square of its accuracy as a share."""
    doubt: float
    """Of the inflow, in the same way."""
    floor: float
    still_kw: float
    """What the transformers between lose without load."""
    per_kw2: float
    """And over the square of the power that they share, 1/kW."""
    read: Callable[[list[float]], Sequence[float]]
    """Takes the active powers out of all values."""

    @property
    def powers(self) -> tuple[int, ...]:
        """Rows of the inflow and of every branch."""
        return (self.inflow, *self.active)

    @property
    def unit(self) -> str:
        """Of what does not close."""
        return "kVA" if self.volts else "kW"


class Gap(NamedTuple):
    """What does not close at a moment."""

    inflow: float
    outflow: float
    """Sum of the branches and losses."""
    tolerance: float

    @property
    def gap(self) -> float:
        """What flows in less what comes out."""
        return self.inflow - self.outflow


class BusbarBalance(SeenAtOnce):
    """The balance of every busbar that is measured whole."""

    period_s = 120.0

    def __init__(self, site: Site) -> None:
        """Find the balances of a site."""
        self._site = site
        found = [balance for busbar in busbars(site) if (balance := _balance(site, busbar)) is not None]
        self._balances = tuple(found)
        self._before: list[list[float]] = [[] for _ in found]
        """Powers of each balance at the look before."""
        self.definitions: tuple[Definition, ...] = tuple(
            defined("busbar_balance", balance.busbar.behind.name) for balance in found
        )

    def look(self, frame: Frame) -> Overs:
        """Return the balances that do not close, or nearly so."""
        overs: dict[int, float | None] = {}
        for number, balance in enumerate(self._balances):
            if not frame.holds(balance.rows):
                overs[number] = None
                continue
            gap = gap_of(balance, frame)
            off = abs(gap.gap) - self._moved(number, frame)
            if off > NEAR * gap.tolerance:
                overs[number] = 100.0 * (off / gap.tolerance - 1.0)
        return overs

    def _moved(self, number: int, frame: Frame) -> float:
        """Return what readings of different moments may make of the sum: how much its powers have moved."""
        balance, times = self._balances[number], frame.image.at_ns
        now, before = [frame.values[row] for row in balance.powers], self._before[number]
        self._before[number] = now
        moments = [times.item(row) for row in balance.powers]
        if not before or max(moments) - min(moments) <= TOGETHER_NS:
            return 0.0
        scale = _SQRT3 * frame.values[balance.volts[0]] if balance.volts else 1.0
        moved = [abs(one - other) for one, other in zip(now, before, strict=True)]
        return scale * moved[0] + sum(moved[1:])

    def words(self, number: int, frame: Frame) -> Words:
        """Say what is missing or too much, and which instrument it most likely is."""
        balance = self._balances[number]
        gap, behind = gap_of(balance, frame), balance.busbar.behind
        likely, why = most_likely(self._site, frame, self._suspects(number, frame))
        text = (
            f"balance of {behind.called} does not close: {gap.inflow:.0f} {balance.unit} in, "
            f"{gap.outflow:.0f} out, {gap.gap:+.0f} against {gap.tolerance:.0f} that the instruments may be "
            f"wrong; {why}"
        )
        return Words(text=text, evidence=all_found(self._site, balance.rows, frame), point=likely)

    def _suspects(self, number: int, frame: Frame) -> tuple[Suspect, ...]:
        """Who may be wrong: an instrument of this balance that no other balance clears."""
        balance = self._balances[number]
        cleared: set[int] = set()
        shared = set(balance.powers)
        for other in self._balances:
            if other is balance or not frame.holds(other.rows):
                continue
            gap = gap_of(other, frame)
            if abs(gap.gap) <= gap.tolerance:
                cleared |= set(other.powers)
            elif shared & set(other.powers):
                shared &= set(other.powers)
        assets = [balance.busbar.behind, *(branch.asset for branch in balance.busbar.branches)]
        return tuple(
            Suspect(
                point=self._site.points[row].name, asset=asset, cleared=row in cleared or row not in shared
            )
            for row, asset in zip(balance.powers, assets, strict=True)
        )


def gap_of(balance: _Balance, frame: Frame) -> Gap:
    """Return what does not close; every value of the balance must be good."""
    values = frame.values
    kw = balance.read(values)
    active = sum(map(mul, balance.signs, kw))
    doubt = sum(map(mul, balance.doubts, map(mul, kw, kw)))
    if balance.volts:
        inflow = _SQRT3 * middle([values[row] for row in balance.volts]) * values[balance.inflow]
        reactive = 0.0
        for row in balance.reactive:
            reactive += values[row]
        for row in balance.feeding:
            reactive -= values[row]
        outflow = math.sqrt(active * active + reactive * reactive)
        return Gap(inflow, outflow, balance.floor + math.sqrt(doubt + balance.doubt * inflow * inflow))
    inflow = values[balance.inflow]
    lost = balance.still_kw + balance.per_kw2 * inflow * inflow
    wrong = math.sqrt(doubt + balance.doubt * inflow * inflow)
    return Gap(inflow, active + lost, balance.floor + wrong + LOSS_DOUBT * lost)


def _balance(site: Site, busbar: Busbar) -> _Balance | None:
    if not busbar.closed:
        return None
    behind = busbar.behind
    power = site.row.get(f"{behind.name}/active_power")
    if power is not None:
        return _made(busbar, power, (), (), (), *_losses(busbar))
    current = site.row.get(f"{behind.name}/load_current")
    volts = [site.row.get(f"{branch.asset.name}/voltage") for branch in busbar.branches]
    there = tuple(row for row in volts if row is not None)
    rows = [(branch, site.row.get(f"{branch.asset.name}/reactive_power")) for branch in busbar.branches]
    banks = tuple(site.row.get(f"{bank.name}/reactive_power", -1) for bank in busbar.capacitors)
    if min(banks, default=0) < 0:
        return None
    if current is None or not there or any(row is None and branch.sign > 0.0 for branch, row in rows):
        return None  # an inverter that shows no reactive power is taken to give none
    return _made(busbar, current, there, tuple(row for _, row in rows if row is not None), banks)


def _made(
    busbar: Busbar,
    inflow: int,
    volts: tuple[int, ...],
    reactive: tuple[int, ...],
    feeding: tuple[int, ...],
    still_kw: float = 0.0,
    per_kw2: float = 0.0,
) -> _Balance:
    behind = busbar.behind
    active = tuple(branch.row for branch in busbar.branches)
    rated = behind.ratings.get("power_kva") or behind.ratings.get("power_kw") or 0.0
    return _Balance(
        busbar=busbar,
        inflow=inflow,
        volts=volts,
        rows=(inflow, *active, *reactive, *feeding, *volts),
        active=active,
        signs=tuple(branch.sign for branch in busbar.branches),
        reactive=reactive,
        feeding=feeding,
        doubts=tuple(_accuracy(branch.asset) ** 2 for branch in busbar.branches),
        doubt=_accuracy(behind) ** 2,
        floor=FLOOR_SHARE * rated,
        still_kw=still_kw,
        per_kw2=per_kw2,
        read=itemgetter(*active) if len(active) > 1 else lambda values: (values[active[0]],),
    )


def _accuracy(asset: Asset) -> float:
    return asset.ratings.get("accuracy_percent", ACCURACY_PERCENT) / 100.0


def _losses(busbar: Busbar) -> tuple[float, float]:
    """Return what the transformers between lose, if they share the power as they are rated."""
    rated = {unit.name: unit.ratings.get("power_kva", 0.0) for unit in busbar.transformers}
    whole = sum(rated.values())
    still = over = 0.0
    for unit in busbar.transformers:
        kva = rated[unit.name]
        still += unit.ratings.get("no_load_loss_kw", NO_LOAD_SHARE * kva)
        over += unit.ratings.get("load_loss_kw", LOAD_SHARE * kva)
    return still, over / whole**2 if whole else 0.0
