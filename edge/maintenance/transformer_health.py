"""The agent that watches transformers: observes, judges, and writes repair orders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from edge.maintenance.ageing import ageing_rate
from edge.maintenance.coming_day import ComingDay, coming_day
from edge.maintenance.condition import Standing, judge, residual_limit_k, settled
from edge.maintenance.consequence import Prices
from edge.maintenance.diagnosis import Cause, Witnesses
from edge.maintenance.history import History
from edge.maintenance.look import inputs, readings, usable, witnesses
from edge.maintenance.naming import Naming, evidence, name, quiet, weigh
from edge.maintenance.observer import Observed, observe
from edge.maintenance.order import Case, assess, compose
from edge.maintenance.repair_work import Partner
from edge.maintenance.settings import HealthSettings, read_settings
from edge.maintenance.unit import QUANTITIES, Unit, read_prices, read_unit
from kernel.image import View
from kernel.point import NANOSECONDS
from kernel.ports import Calculated, Past, Published, Step
from kernel.quality import GOOD, INVALID, OLD, QUESTIONABLE, is_good
from kernel.repair import RepairOrder
from kernel.site import LoopSpec, Site

STALE_TOP_OIL_S: Final = 3600.0
"""A residual older than this cannot be judged, seconds."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent remembers of one transformer."""

    observed: Observed | None = None
    history: History = History()
    standing: Standing = Standing()
    naming: Naming = Naming()
    """What the witnesses said since the residual passed its limit."""
    cause: Cause = Cause.NONE
    """Cause of the open order; NONE where none is open."""
    condition: str = ""
    """Condition that was published last."""
    told_ns: int = 0
    """When it was last published; 0 before the first time."""
    told_residual_k: float = 0.0


class Watches(msgspec.Struct, frozen=True, kw_only=True):
    """State of the agent: one watch a transformer."""

    by_asset: dict[str, Watch]


class TransformerHealth:
    """Watches transformers and proposes nothing: its output is evidence and work for people."""

    def __init__(self, name: str, site: Site, settings: HealthSettings, units: tuple[Unit, ...]) -> None:
        self.name = name
        self._site = site
        self._settings = settings
        self._units = units
        self._prices: Prices = read_prices(settings, site.currency)
        points = [unit.point(quantity) for unit in units for quantity in QUANTITIES]
        feeders = [feeder for unit in units for feeder in unit.feeders]
        self.reads = tuple(point for point in (*points, *feeders) if point in site.row)
        self.proposes: tuple[str, ...] = ()

    def start(self, past: Past) -> Watches:
        """Begin with nothing known; the model settles within `settle_s`."""
        del past
        return Watches(by_asset={unit.asset: Watch() for unit in self._units})

    def step(self, view: View, state: Watches) -> Step:
        """Look at every transformer once; publish what changed or is due."""
        watches = {unit.asset: self._look(unit, view, state.by_asset[unit.asset]) for unit in self._units}
        published: list[Published] = []
        for unit in self._units:
            watches[unit.asset] = self._tell(unit, view, watches, published)
        blind = [asset for asset, watch in watches.items() if _blind(watch)]
        return Step(
            state=Watches(by_asset=watches),
            published=tuple(published),
            calculated=tuple(row for unit in self._units for row in _calculated(unit, watches[unit.asset])),
            rung="hold" if blind else "model",
            why_rung=f"load or ambient of {', '.join(blind)} missing: the model coasts" if blind else "",
        )

    def _look(self, unit: Unit, view: View, before: Watch) -> Watch:
        look, amperes = inputs(unit, view), usable(unit, view, "fan_current")
        seen = observe(unit.observing, before.observed, look)
        if seen is None:
            return before
        fresh = seen.residual_at_ns == view.now_ns
        residual = seen.residual_k if fresh else None
        row = (look.load_pu, look.ambient_c, residual, seen.rise_k, amperes)
        standing = judge(
            unit.patience,
            before.standing,
            now_ns=view.now_ns,
            residual_k=residual,
            limit_k=_limit_k(unit, seen),
        )
        return msgspec.structs.replace(
            before, observed=seen, history=before.history.add(view.now_ns, row), standing=standing
        )

    def _tell(self, unit: Unit, view: View, watches: Mapping[str, Watch], out: list[Published]) -> Watch:
        """Publish assessment and order of one transformer where something changed or is due."""
        watch = watches[unit.asset]
        seen = watch.observed
        if seen is None:
            return watch
        votes = witnesses(unit, view, watch.history, seen, watch.naming)
        share = watch.naming.cooling_share
        watch = _weighed(unit, watch, seen, votes, view.now_ns)
        condition = _condition(unit, watch, seen, view.now_ns)
        cause = _cause(watch, seen, condition)
        residual = seen.residual_k or 0.0
        due = (view.now_ns - watch.told_ns) / NANOSECONDS >= self._settings.publish_s
        changed = condition != watch.condition or cause is not watch.cause
        moved = watch.cause is not Cause.NONE and abs(residual - watch.told_residual_k) > 1.0
        if not (due or changed or moved):
            return watch
        case = self._case(unit, view, {**watches, unit.asset: watch}, cause, votes)
        out.append(assess(case, condition))
        if cause is not Cause.NONE:
            out.append(compose(case))
        elif watch.cause is not Cause.NONE:
            out.append(_closed(msgspec.structs.replace(case, cause=watch.cause, cooling_share=share)))
        return msgspec.structs.replace(
            watch, cause=cause, condition=condition, told_ns=view.now_ns, told_residual_k=residual
        )

    def _case(
        self, unit: Unit, view: View, watches: Mapping[str, Watch], cause: Cause, votes: Witnesses
    ) -> Case:
        watch = watches[unit.asset]
        seen = watch.observed
        if seen is None:  # pragma: no cover - the caller has looked
            raise AssertionError(f"{unit.asset} was never observed")
        days = {u.asset: day for u in self._units if (day := _day(u, view, watches[u.asset])) is not None}
        return Case(
            unit=unit,
            site=self._site,
            prices=self._prices,
            line_per_day=self._settings.line_per_day,
            now_ns=view.now_ns,
            seen=seen,
            limit_k=_limit_k(unit, seen),
            over_ns=watch.standing.over_ns,
            cause=cause,
            cooling_share=watch.naming.cooling_share,
            votes=votes,
            readings=readings(unit, view),
            history=watch.history,
            day=days[unit.asset],
            partners=tuple(
                Partner(unit=other, day=days[other.asset])
                for other in self._units
                if other.asset in unit.partners and other.asset in days
            ),
        )


def _closed(case: Case) -> RepairOrder:
    return msgspec.structs.replace(compose(case), state="closed", decide_by_ns=case.now_ns)


def _limit_k(unit: Unit, seen: Observed) -> float:
    return residual_limit_k(unit.patience, seen.sigma_k(unit.observing))


def _blind(watch: Watch) -> bool:
    return watch.observed is None or not is_good(watch.observed.quality)


def _condition(unit: Unit, watch: Watch, seen: Observed, now_ns: int) -> str:
    stale = (now_ns - seen.residual_at_ns) / NANOSECONDS > STALE_TOP_OIL_S
    if _blind(watch) or stale or not settled(unit.patience, watch.standing, now_ns):
        return "insufficient_data"
    if watch.standing.confirmed:
        return "act"
    return "watch" if watch.standing.over_ns else "normal"


def _weighed(unit: Unit, watch: Watch, seen: Observed, votes: Witnesses, now_ns: int) -> Watch:
    """Take this look's witnesses into the balance; it begins with the residual that passes its limit."""
    if not (watch.standing.over_ns or watch.standing.confirmed):
        naming = quiet(watch.naming, fans=votes.fans, now_ns=now_ns)
    else:
        since_ns = watch.naming.since_ns or watch.standing.over_ns or now_ns
        begun = msgspec.structs.replace(watch.naming, since_ns=since_ns, fans=votes.fans)
        fresh = seen.residual_at_ns == now_ns
        residual_k = seen.residual_k if fresh and seen.residual_k is not None else 0.0
        naming = weigh(begun, evidence(residual_k, votes, limit_k=_limit_k(unit, seen)), now_ns=now_ns)
    return msgspec.structs.replace(watch, naming=naming)


def _cause(watch: Watch, seen: Observed, condition: str) -> Cause:
    """Name the cause; an open order keeps its cause through holes, and a tie does not rename it."""
    if condition == "insufficient_data":
        return watch.cause
    if condition != "act" or seen.residual_k is None:
        return Cause.NONE
    return name(watch.cause, watch.naming)


def _day(unit: Unit, view: View, watch: Watch) -> ComingDay | None:
    if watch.observed is None:
        return None
    return coming_day(
        view.now_ns,
        watch.history,
        load_pu=watch.observed.load_pu,
        ambient_c=watch.observed.ambient_c,
        kw_per_pu=unit.kw_per_pu,
        feeders={feeder: view.readings[feeder].usable for feeder in unit.feeders},
        forecasts=view.forecasts,
    )


def _calculated(unit: Unit, watch: Watch) -> tuple[Calculated, ...]:
    """Hot-spot, ageing rate and residual; the hot-spot rests on the measured top oil unless in doubt."""
    seen = watch.observed
    names = ("hot_spot_temperature", "ageing_rate", "top_oil_residual")
    if seen is None:
        return tuple(Calculated(point=unit.point(name), value=0.0, quality=INVALID) for name in names)
    corrected = 0.0 if watch.cause is Cause.SENSOR_DRIFT else seen.residual_k or 0.0
    hot_spot = seen.temperatures.hot_spot_c + seen.bias_k + corrected
    fresh = seen.residual_at_ns == seen.at_ns
    residual_quality = GOOD if fresh else (INVALID | OLD if seen.residual_k is None else QUESTIONABLE | OLD)
    values = (hot_spot, ageing_rate(hot_spot, unit.paper), seen.residual_k or 0.0)
    qualities = (seen.quality, seen.quality, residual_quality)
    return tuple(
        Calculated(point=unit.point(name), value=value, quality=quality)
        for name, value, quality in zip(names, values, qualities, strict=True)
    )


def make(spec: LoopSpec, site: Site) -> TransformerHealth:
    """Make the agent of a `transformer_health` loop.

    Raises:
        ValueError: an unknown setting, or none of the site's transformers has a top-oil point.
        KeyError: a named transformer is not in the site.
    """
    settings = read_settings(spec)
    prices = read_prices(settings, site.currency)
    found = [
        asset.name
        for asset in site.assets
        if asset.kind == "transformer" and f"{asset.name}/top_oil_temperature" in site.row
    ]
    names = settings.transformers or found
    if not names:
        raise ValueError(f"loop {spec.agent}: no transformer of {site.name} has a top_oil_temperature point")
    units = tuple(read_unit(site.asset[name], site, settings, prices) for name in names)
    return TransformerHealth(spec.agent, site, settings, units)
