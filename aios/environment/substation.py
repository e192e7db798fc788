"""`aios/Substation-v0`: set-points through the gate, observations with their quality, a reward from KPIs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from aios.environment.extra import extra
from aios.environment.reward import Reward, cost
from aios.environment.spaces import Observation, Observed, SetPoints
from aios.simulation.asked import Asked
from aios.simulation.face import Simulation
from aios.simulation.outlook import increase
from aios.simulation.source import source_of
from aios.simulation.state import State

with extra():
    import gymnasium

NAME: Final = "aios/Substation-v0"
ASSESSING: Final = "operation"
"""Class of loops that say how equipment is, and move nothing."""
_SEEDS: Final = 2**31


class Substation(gymnasium.Env[Any, NDArray[np.float32]]):
    """A substation whose set-points an agent of reinforcement learning moves.

    What it asks for goes through envelope, policy and journal like any person's wish, and may be refused or
    bounded. An episode is a scenario; it is truncated at its end, and terminated where the grid has no
    solution. Of the site's loops those of the class `operation` run, which assess: policy may rely on them.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"], "render_fps": 1}  # noqa: RUF012 - the role has it so

    def __init__(
        self,
        source: str | Path = "nord",
        *,
        ticks: int = 15,
        set_points: Sequence[str] | None = None,
        loops: Sequence[str] | None = None,
        reward: Reward = cost,
        render_mode: str | None = None,
        **changes: Any,
    ) -> None:
        """Describe the episodes; the first begins with `reset`.

        Args:
            source: a scenario file, a site file, or the name of a shipped site.
            ticks: of the site in one step of the environment.
            set_points: that an action moves; None for all of the site.
            loops: agents of the site that run beside the one that learns; None for those that assess.
            reward: worth of a step, from the increments of the KPIs.
            render_mode: `ansi` for a line of text, or None.
            changes: of the scenario, as for `aios.Simulation`; `history_days` is 0 unless it is given.

        Raises:
            ValueError: the site has no such set-point, or a step would be longer than a wish can stand.
            FileNotFoundError, StudyInvalid, SiteInvalid, ScenarioInvalid: the source cannot be run.
        """
        self._given, self._ticks, self._reward = source, ticks, reward
        if loops is None:
            known = source_of(source, seed=None, changes={}).site.loops
            loops = [loop.agent for loop in known if loop.priority == ASSESSING]
        self._changes: dict[str, Any] = {"loops": list(loops), "history_days": 0} | changes
        self.site = source_of(source, seed=None, changes=self._changes).site
        self._minutes = ticks * self.site.base_tick_s / 60.0
        if not 0.0 < self._minutes < 60.0:
            raise ValueError(f"a step of {self._minutes:g} min; a wish stands for less than an hour")
        self.observed, self.set_points = Observed.of(self.site), SetPoints.of(self.site, set_points)
        self.observation_space = self.observed.space
        self.action_space = self.set_points.space
        self.render_mode = render_mode
        self.simulation: Simulation | None = None
        """The episode; None before the first."""
        self._kpis: dict[str, float | None] = {}

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode in a world whose seed is drawn; the same seeds give the same episodes.

        Args:
            seed: of the draw; None goes on with the one before.
            options: keys of the scenario that are different in this episode, such as `start`.
        """
        super().reset(seed=seed)
        self.close()
        drawn = int(self.np_random.integers(_SEEDS))
        self.simulation = Simulation(self._given, seed=drawn, **(self._changes | (options or {})))
        state = self.simulation.step()
        self._kpis = self.simulation.kpis()
        return self.observed.observe(state), self._info(state, [])

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Ask for set-points, live through a step, and say what it was worth.

        Raises:
            ValueError: no episode has begun.
        """
        if self.simulation is None:
            raise ValueError("reset comes before the first step")
        asked = [
            # A tick longer than the step: the next wish takes its place before it is over.
            self.simulation.command(
                point, value, minutes=self._minutes + self.site.base_tick_s / 60.0, person="learner"
            )
            for point, value in self.set_points.values(action).items()
        ]
        state = self.simulation.step(self._ticks)
        before, self._kpis = self._kpis, self.simulation.kpis()
        return (
            self.observed.observe(state),
            float(self._reward(increase(before, self._kpis))),
            not state.truth.converged,
            self.simulation.done,
            self._info(state, asked),
        )

    def render(self) -> str | None:
        """Return the present moment in a line, where the mode is `ansi`."""
        if self.render_mode != "ansi" or self.simulation is None:
            return None
        return repr(self.simulation.state)

    def close(self) -> None:
        """End the episode."""
        if self.simulation is not None:
            self.simulation.close()
            self.simulation = None

    def _info(self, state: State, asked: Sequence[Asked]) -> dict[str, Any]:
        """Say when it is, whether the grid has a solution, and what became of every wish."""
        return {
            "time": state.time.isoformat(),
            "converged": state.truth.converged,
            "verdicts": {one.request.point: one.stage.value for one in asked},
            "why": {one.request.point: one.why for one in asked if one.why},
            "kpis": {name: value for name, value in self._kpis.items() if value is not None},
        }
