"""The year of profiles, and its value at any instant."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

NS = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """S profiles over one year of T steps; after the year's end it begins again."""

    names: tuple[str, ...]
    """S names, `feeder_1` ... `feeder_4`, `pv`."""
    start_ns: int
    """UTC ns of the first step."""
    step_s: int
    """Length of a step, seconds."""
    values: NDArray[np.float64]
    """(S, T) float64, per unit of `rated_kw`, >= 0, no NaN; read-only."""
    rated_kw: NDArray[np.float64]
    """(S,) float64, kW that 1.0 stands for: yearly peak of a feeder, installed power of the plant."""

    def all_at(self, now_ns: int) -> NDArray[np.float64]:
        """Every profile at one UTC instant (ns): (S,) float64 per unit, linear between steps.

        An instant outside the year wraps into it, so a second year repeats the first from its first
        step on.
        """
        steps, rest_ns = divmod(now_ns - self.start_ns, self.step_s * NS)
        share = rest_ns / (self.step_s * NS)
        count = self.values.shape[1]
        before, after = self.values[:, steps % count], self.values[:, (steps + 1) % count]
        between: NDArray[np.float64] = (1.0 - share) * before + share * after
        return between

    def all_over(self, times_ns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Every profile at T UTC instants (ns): (T, S) float64 per unit, the same numbers as one by one."""
        steps, rest_ns = np.divmod(times_ns - self.start_ns, self.step_s * NS)
        share = (rest_ns / (self.step_s * NS))[:, None]
        count = self.values.shape[1]
        before, after = self.values.T[steps % count], self.values.T[(steps + 1) % count]
        between: NDArray[np.float64] = (1.0 - share) * before + share * after
        return between

    def at(self, name: str, now_ns: int) -> float:
        """One profile at one UTC instant (ns), per unit, linear between steps.

        Raises:
            KeyError: no profile has this name.
        """
        if name not in self.names:
            raise KeyError(f"no profile {name!r}; there are {', '.join(self.names)}")
        return float(self.all_at(now_ns)[self.names.index(name)])


@cache
def load_profiles() -> Profiles:
    """The profiles that are shipped beside this file (see README.md there for where they come from)."""
    with (
        files("simulators.profiles").joinpath("profiles.npz").open("rb") as stream,
        np.load(stream) as stored,
    ):
        values = stored["codes"] * stored["scales"][:, None]
        values.setflags(write=False)
        return Profiles(
            names=tuple(str(name) for name in stored["names"]),
            start_ns=int(stored["start_ns"]),
            step_s=int(stored["step_s"]),
            values=values,
            rated_kw=stored["rated_kw"],
        )
