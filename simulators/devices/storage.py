"""A battery behind its inverter: power follows a target within ramp and limits, energy follows power.

Between two changes of the target everything is solved exactly, so the result does not depend on how
often anybody looks.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

_HOUR_S = 3600.0


class StorageRating(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a battery can do. Powers in kW at its terminals, discharge positive."""

    power_kw: float
    energy_kwh: float
    ramp_kw_per_s: float
    efficiency: float
    """One way, 0 to 1: charging stores this share, discharging takes its inverse."""
    lowest_percent: float
    """State of charge at which its own protection stops discharging, %."""
    highest_percent: float
    """State of charge at which its own protection stops charging, %."""
    standby_kw: float = 0.0
    """Self-discharge and electronics: what the cells lose all the time, kW."""
    fade_per_cycle: float = 0.0
    """Share of the capacity that one full cycle costs; 0.2 in 5 000 cycles is 0.00004."""


class Storage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """State of a battery at one moment."""

    rating: StorageRating
    power_kw: float = 0.0
    energy_kwh: float
    taken_kwh: float = 0.0
    """What the cells took in since they were new, kWh."""
    lost_kwh: float = 0.0
    """What conversion both ways and standby have cost since it was new, kWh."""

    @property
    def cycles(self) -> float:
        """Full cycles since it was new: what its cells took over its rated energy; by them it fades.

        The KPI `battery_cycles` is another: it counts at the terminals and from the begin of a run, so it is
        larger by the losses of charging.

        >>> rating = StorageRating(power_kw=100, energy_kwh=100, ramp_kw_per_s=1e6, efficiency=0.9,
        ...                        lowest_percent=5.0, highest_percent=95.0)
        >>> round(Storage(rating=rating, energy_kwh=10).after(1800, -100.0).cycles, 3)  # 0.5 at the terminals
        0.45
        """
        return self.taken_kwh / self.rating.energy_kwh

    @property
    def capacity_kwh(self) -> float:
        """What the aged cells hold, kWh; linear in the cycles, at least half of the rating."""
        return self.rating.energy_kwh * max(0.5, 1.0 - self.rating.fade_per_cycle * self.cycles)

    @property
    def charge_percent(self) -> float:
        """State of charge, % of what the cells hold."""
        return 100.0 * self.energy_kwh / self.capacity_kwh

    def blocked(self, target_kw: float) -> bool:
        """Tell whether its own protection refuses this direction now."""
        room_kwh = self._room_kwh(target_kw)
        return target_kw != 0.0 and room_kwh <= 1e-9 * self.rating.energy_kwh

    def after(self, dt_s: float, target_kw: float) -> Storage:
        """Return the state after a time with one target.

        Self-discharge is taken off at the end of the time, ageing counts from the next call on: with either,
        the result depends a little on how time is cut, by less than what they take in the longest step.

        Args:
            dt_s: elapsed time, seconds, >= 0.
            target_kw: wanted power, discharge positive, within the rating.

        >>> rating = StorageRating(power_kw=100, energy_kwh=100, ramp_kw_per_s=1e6, efficiency=1.0,
        ...                        lowest_percent=5.0, highest_percent=95.0)
        >>> round(Storage(rating=rating, energy_kwh=50).after(1800, 50.0).charge_percent, 3)
        25.0
        """
        state, left_s = self, dt_s
        for stop_kw in state._ramp_stops(target_kw):
            time_s = min(left_s, abs(stop_kw - state.power_kw) / self.rating.ramp_kw_per_s)
            state = state._ramped(time_s, stop_kw)
            left_s -= time_s
        state = state.held(left_s, target_kw) if left_s > 0.0 else state
        lost_kwh = min(state.energy_kwh, self.rating.standby_kw * dt_s / _HOUR_S)
        if lost_kwh == 0.0:
            return state
        return replace(state, energy_kwh=state.energy_kwh - lost_kwh, lost_kwh=state.lost_kwh + lost_kwh)

    def _ramp_stops(self, target_kw: float) -> tuple[float, ...]:
        """Split a ramp where the power changes its sign: the losses do so too."""
        if self.power_kw == target_kw:
            return ()
        return (0.0, target_kw) if self.power_kw * target_kw < 0.0 else (target_kw,)

    def _ramped(self, time_s: float, stop_kw: float) -> Storage:
        """Move the power linearly towards a stop of the same sign."""
        step_kw = self.rating.ramp_kw_per_s * time_s
        up = stop_kw > self.power_kw
        end_kw = min(self.power_kw + step_kw, stop_kw) if up else max(self.power_kw - step_kw, stop_kw)
        mean_kw = 0.5 * (self.power_kw + end_kw)
        moved_kwh = min(abs(self._drawn_kw(mean_kw)) * time_s / _HOUR_S, self._room_kwh(mean_kw))
        if mean_kw > 0.0:
            state = self._discharged(end_kw, self.energy_kwh - moved_kwh, moved_kwh)
        else:
            state = self._charged(end_kw, self.energy_kwh + moved_kwh, moved_kwh)
        return replace(state, power_kw=0.0) if state.blocked(end_kw) else state

    def held(self, time_s: float, target_kw: float) -> Storage:
        """Hold the target until the time or the energy ends."""
        if target_kw == 0.0 or self.blocked(target_kw):
            return self if self.power_kw == 0.0 else replace(self, power_kw=0.0)
        room_kwh = self._room_kwh(target_kw)
        drawn_kw = self._drawn_kw(target_kw)
        moved_kwh = abs(drawn_kw) * time_s / _HOUR_S
        if moved_kwh < room_kwh:
            energy_kwh = self.energy_kwh - drawn_kw * time_s / _HOUR_S
            if target_kw > 0.0:
                return self._discharged(target_kw, energy_kwh, moved_kwh)
            return self._charged(target_kw, energy_kwh, moved_kwh)
        if target_kw > 0.0:
            empty_kwh = self.capacity_kwh * self.rating.lowest_percent / 100.0
            return self._discharged(0.0, empty_kwh, room_kwh)
        full_kwh = self.capacity_kwh * self.rating.highest_percent / 100.0
        return self._charged(0.0, full_kwh, room_kwh)

    def _charged(self, power_kw: float, energy_kwh: float, moved_kwh: float) -> Storage:
        taken_kwh, lost_kwh = self.taken_kwh + moved_kwh, moved_kwh * (1.0 / self.rating.efficiency - 1.0)
        return replace(
            self,
            power_kw=power_kw,
            energy_kwh=energy_kwh,
            taken_kwh=taken_kwh,
            lost_kwh=self.lost_kwh + lost_kwh,
        )

    def _discharged(self, power_kw: float, energy_kwh: float, moved_kwh: float) -> Storage:
        lost_kwh = self.lost_kwh + moved_kwh * (1.0 - self.rating.efficiency)
        return replace(self, power_kw=power_kw, energy_kwh=energy_kwh, lost_kwh=lost_kwh)

    def _drawn_kw(self, power_kw: float) -> float:
        """Return the power taken from the cells, kW, discharge positive."""
        return power_kw / self.rating.efficiency if power_kw > 0.0 else power_kw * self.rating.efficiency

    def _room_kwh(self, power_kw: float) -> float:
        """Return the energy that can still be moved in the direction of a power, kWh, >= 0."""
        low = self.capacity_kwh * self.rating.lowest_percent / 100.0
        high = self.capacity_kwh * self.rating.highest_percent / 100.0
        return max(0.0, self.energy_kwh - low if power_kw > 0.0 else high - self.energy_kwh)
