"""Peak shaving: the battery keeps the interval mean of the demand below a limit.

Once an interval it plans from the forecast: energy for the coming peaks, refilling in the valleys. Every step
it tracks the measured mean: `power_needed` says what ends the interval at the target. The ladder: model or
baseline (as the forecast says), rule (no forecast: the measured mean alone), hold (no measurement for a short
time: the last wish stays), safe (longer: the pipe takes no wish any more, and the point goes safe).
"""

from __future__ import annotations

from typing import Final

import msgspec

from edge.demand_response.battery import Battery
from edge.demand_response.night import in_hours
from edge.demand_response.planner import Planned, Planner
from edge.demand_response.running_mean import RunningMean
from edge.demand_response.settings import PeakSettings, read_settings
from edge.demand_response.wish import Wish, follow, kw, steady_wish
from kernel.confidence import Expectation
from kernel.image import View
from kernel.pipe.intervals import INTERVAL_NS
from kernel.point import NANOSECONDS
from kernel.ports import Past, Step
from kernel.proposal import Priority, Proposal
from kernel.site import LoopSpec, Site

STALE_PERIODS: Final = 3
"""A demand or state of charge older than this many periods (and its point's own limit) is lost."""
RULE_CONFIDENCE: Final = 0.5
HOLD_CONFIDENCE: Final = 0.3
"""Confidence without a forecast and without a measurement: classes of ours, not probabilities."""
SAFE_KW: Final = 0.0
SAFE_CONFIDENCE: Final = 1.0
"""What is still wished on `safe`, and how surely: the pipe drops it (`kernel.pipe.low_rungs`). The pipe of
format 1 took it, and a recording of that format is decided again with this agent."""
BY_FORECAST: Final = "energy stored against what the median and the 90 % quantile of the demand need"
BY_CLASS: Final = "class of the rung, no probability"


def power_needed(mean: RunningMean, target_kw: float, *, horizon_s: float) -> float:
    """Return the battery power that makes the interval end at the target, kW; negative is room to charge.

    From (so_far * elapsed + (uncontrolled - power) * remaining) / interval = target. Shortly before the end
    an error of the mean would ask for any power, so it is spread over at least `horizon_s` seconds.

    >>> running = RunningMean(
    ...     so_far_kw=17000.0, elapsed_s=450.0, interval_s=900.0, uncontrolled_kw=19000.0
    ... )
    >>> power_needed(running, 17500.0, horizon_s=180.0)
    1000.0
    """
    owed = (mean.so_far_kw - target_kw) * mean.elapsed_s
    return mean.uncontrolled_kw - target_kw + owed / max(mean.remaining_s, horizon_s)


class PeakState(msgspec.Struct, frozen=True, kw_only=True):
    """What the agent remembers between two steps."""

    wish_kw: float = 0.0
    """Last wish, discharge positive, kW."""
    lost_ns: int = 0
    """Since when demand or state of charge is lost; 0 while both are there."""
    planned: Planned = Planned()


class PeakShaving:
    """One battery under one demand limit."""

    def __init__(self, spec: LoopSpec, site: Site, settings: PeakSettings) -> None:
        """Take what the site says of battery, limit and feeders.

        Raises:
            KeyError: battery or demand point are not in the site.
        """
        asset = site.asset[settings.battery]
        self.name = spec.agent
        self._settings = settings
        self._period_ns = round(spec.period_s * NANOSECONDS)
        self._zone = site.time_zone
        self._battery = Battery(
            power_kw=asset.rating("power_kw"),
            energy_kwh=asset.rating("energy_kwh"),
            soc_low=settings.soc_low,
            soc_high=settings.soc_high,
            round_trip=settings.round_trip,
        )
        self._setpoint = site.point(f"{asset.name}/active_power_setpoint").name
        self._power = site.point(f"{asset.name}/active_power").name
        self._soc = site.point(f"{asset.name}/state_of_charge").name
        self._demand = site.point(settings.demand_point).name
        self._feeders = tuple(settings.forecast_points) or tuple(
            f"{a.name}/active_power"
            for a in site.assets
            if a.kind == "feeder" and f"{a.name}/active_power" in site.row
        )
        self._stale_s = {
            point: max(site.point(point).stale_s, STALE_PERIODS * spec.period_s)
            for point in (self._demand, self._soc, self._power)
        }
        self._planner = Planner(
            maker=spec.agent,
            point=self._setpoint,
            battery=self._battery,
            feeders=self._feeders,
            settings=settings,
        )
        self.reads = (self._demand, self._power, self._soc, *self._feeders)
        self.proposes = (self._setpoint,)

    def start(self, past: Past) -> PeakState:
        """Begin without a wish; the first step plans."""
        del past
        return PeakState()

    def step(self, view: View, state: PeakState) -> Step:
        """Plan where an interval or a forecast is new, then track the measured mean."""
        demand, soc = self._fresh(view, self._demand), self._fresh(view, self._soc)
        if demand is None or soc is None:
            return self._blind(view, state, demand_lost=demand is None, soc=soc)
        planned, plans = self._planner.renew(state.planned, view, self._battery.stored_kwh(soc))
        wish = self._wish(view, state, planned, demand_kw=demand, soc=soc)
        reason = wish.reason
        if state.lost_ns:
            away_s = (view.now_ns - state.lost_ns) / NANOSECONDS
            reason = f"measurement back after {away_s / 60.0:.0f} min: {reason}"
        confidence = RULE_CONFIDENCE if planned.schedule is None else planned.schedule.confidence
        proposal = self._proposal(view, wish.kw, reason, rung=planned.rung, soc=soc, confidence=confidence)
        basis = BY_CLASS if planned.schedule is None else BY_FORECAST
        return Step(
            state=PeakState(wish_kw=proposal.wanted or 0.0, planned=planned),
            proposals=(
                msgspec.structs.replace(proposal, confidence_basis=basis, expects=self._expected(view)),
            ),
            published=plans,
            rung=planned.rung,
            why_rung=planned.why,
        )

    def _expected(self, view: View) -> Expectation:
        """Say what will be seen if it is right: the running quarter-hour ends within the limit."""
        return Expectation(
            point=self._demand,
            high=self._settings.limit_kw,
            due_ns=(view.now_ns // INTERVAL_NS + 1) * INTERVAL_NS,
            mean=True,
        )

    def _fresh(self, view: View, point: str) -> float | None:
        reading = view.readings[point]
        return reading.usable if reading.age_s <= self._stale_s[point] else None

    def _blind(self, view: View, state: PeakState, *, demand_lost: bool, soc: float | None) -> Step:
        """Keep the last wish for a while, then stand on `safe`: nothing is steered blind for long."""
        lost_ns = state.lost_ns or view.now_ns
        lost_s = (view.now_ns - lost_ns) / NANOSECONDS
        what = self._demand if demand_lost else self._soc
        hold = lost_s < self._settings.hold_s
        wanted = state.wish_kw if hold else SAFE_KW
        act = f"keep {kw(wanted)} kW for at most {kw(self._settings.hold_s)} s" if hold else "stop at 0 kW"
        why = f"{what} lost for {lost_s:.0f} s"
        proposal = self._proposal(
            view,
            wanted,
            f"{why}: {act}",
            rung="hold" if hold else "safe",
            soc=soc,
            confidence=HOLD_CONFIDENCE if hold else SAFE_CONFIDENCE,
        )
        proposal = msgspec.structs.replace(proposal, confidence_basis=BY_CLASS)
        return Step(
            state=msgspec.structs.replace(state, lost_ns=lost_ns, wish_kw=proposal.wanted or 0.0),
            proposals=(proposal,),
            rung=proposal.rung,
            why_rung=why,
        )

    def _wish(self, view: View, state: PeakState, plan: Planned, *, demand_kw: float, soc: float) -> Wish:
        settings, made = self._settings, plan.schedule
        target = settings.limit_kw - settings.margin_kw if made is None else made.target_kw
        mean = self._mean(view, state, demand_kw)
        needed = power_needed(mean, target, horizon_s=settings.horizon_s)
        planned = self._night_kw(view, mean, soc) if made is None else plan.power_at(view.now_ns)
        low, high = self._battery.bounds_kw(soc, for_s=self._period_ns / NANOSECONDS)
        wanted = steady_wish(
            follow(needed, planned),
            before_kw=state.wish_kw,
            deadband_kw=settings.deadband_kw,
            step_kw=settings.step_kw,
            low_kw=low,
            high_kw=high,
        )
        return Wish(kw=wanted, reason=self._reason(mean, wanted, needed, target))

    def _mean(self, view: View, state: PeakState, demand_kw: float) -> RunningMean:
        """The running mean; while nothing of the interval is known it is taken to be as now."""
        running = view.means[self._demand]
        battery = self._fresh(view, self._power)
        return RunningMean(
            so_far_kw=demand_kw if running.so_far is None else running.so_far,
            elapsed_s=running.elapsed_s,
            interval_s=running.interval_s,
            uncontrolled_kw=demand_kw + (state.wish_kw if battery is None else battery),
        )

    def _night_kw(self, view: View, mean: RunningMean, soc: float) -> float:
        """Without a forecast recharge only at night, to the resting charge, far below the limit."""
        settings = self._settings
        if soc >= settings.soc_rest or not in_hours(
            view.now_ns, self._zone, settings.night_from_h, settings.night_until_h
        ):
            return 0.0
        room = settings.night_share * settings.limit_kw - mean.uncontrolled_kw
        return 0.0 - min(self._battery.power_kw, max(0.0, room))

    def _reason(self, mean: RunningMean, wanted_kw: float, needed_kw: float, target_kw: float) -> str:
        limit = f"limit {kw(self._settings.limit_kw)} kW"
        if target_kw > self._settings.limit_kw:
            limit += f" (energy suffices for {kw(target_kw)} kW)"
        head = f"15-min mean {kw(mean.so_far_kw)} kW is heading for {kw(mean.heading_kw)} kW, {limit}"
        if wanted_kw > 0.0:
            short = (
                "" if needed_kw <= wanted_kw + self._settings.margin_kw else f" of {kw(needed_kw)} kW needed"
            )
            return f"{head}: discharge {kw(wanted_kw)} kW{short}"
        if wanted_kw < 0.0:
            return f"{head}: charge {kw(-wanted_kw)} kW in the valley"
        return f"{head}: nothing to do"

    def _proposal(
        self, view: View, wanted: float, reason: str, *, rung: str, soc: float | None, confidence: float
    ) -> Proposal:
        power = self._battery.power_kw
        low, high = (
            (-power, power)
            if soc is None
            else self._battery.bounds_kw(soc, for_s=self._period_ns / NANOSECONDS)
        )
        return Proposal(
            agent=self.name,
            point=self._setpoint,
            priority=Priority.CONTROL,
            wanted=min(high, max(low, wanted)),
            low=low,
            high=high,
            reason=reason,
            confidence=confidence,
            made_at_ns=view.now_ns,
            expires_at_ns=view.now_ns + 3 * self._period_ns,
            rung=rung,
            evidence=self._evidence(view),
        )

    def _evidence(self, view: View) -> tuple[str, ...]:
        measured = (
            f"{point}@{view.readings[point].at_ns}" for point in (self._demand, self._power, self._soc)
        )
        known = (
            f"forecast {point}@{view.forecasts[point].made_at_ns}"
            for point in (self._demand, *self._feeders)
            if point in view.forecasts
        )
        return (*measured, *known)


def make(spec: LoopSpec, site: Site) -> PeakShaving:
    """Make the agent of a `peak_shaving` loop.

    Raises:
        ValueError: an unknown setting, or settings that contradict each other.
        KeyError: battery, its ratings or a point are not in the site.
    """
    return PeakShaving(spec, site, read_settings(spec))
