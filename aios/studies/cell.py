"""A cell of a study's grid, whole: every text that its runs need, so that it can be sent to any machine.

Only profiles of a scenario's own stay where they are, for their size; their digest stands in the lineage.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec

from aios.studies.lineage import Lineage
from aios.studies.toml_text import toml_of

NETWORK: Final = "network.toml"
SITE: Final = "site.toml"
WEATHER: Final = "weather.csv"
"""Measured weather, where the scenario names a file of it."""


class Labels(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Where in the grid a run stands; policies and model are empty where no gateway runs."""

    scenario: str
    controller: str
    policies: str = ""
    model: str = ""

    @property
    def words(self) -> str:
        """All of them, for people.

        >>> Labels(scenario="winter", controller="shaving", policies="site", model="site").words
        'winter / shaving'
        """
        shown = [self.scenario, self.controller]
        shown += [one for one in (self.policies, self.model) if one not in {"", "site"}]
        return " / ".join(shown)


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One scenario with one controller, one set of policies and one model."""

    labels: Labels
    lineage: Lineage
    """With seed 0."""
    site: str
    """Text of the site file with everything put in but the seed; empty where the scenario has none."""
    gateway: bool = True
    """Whether a gateway runs; without one the same world lives with nobody who commands its devices."""
    section: dict[str, Any]
    """The `[simulation]` section."""
    open_step_s: float = 900.0
    """Step of a run without control, seconds."""
    files: dict[str, str]
    """Texts by path beside the site file: the network, measured weather, agents, register maps."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One run that is asked for."""

    cell: Cell
    replicate: int
    seed: int

    @property
    def lineage(self) -> Lineage:
        """What the run follows from."""
        return msgspec.structs.replace(self.cell.lineage, seed=self.seed)

    @property
    def run(self) -> str:
        """The name of the run."""
        return self.lineage.run

    @property
    def site_text(self) -> str:
        """The site file of the run, its seed put in."""
        raw = tomllib.loads(self.cell.site)
        raw["simulation"] = {**self.section, "seed": self.seed}
        return toml_of(raw)

    @property
    def section(self) -> dict[str, Any]:
        """The `[simulation]` section, its network and its weather beside it."""
        weather = {"weather": WEATHER} if WEATHER in self.cell.files else {}
        return {**self.cell.section, "network": NETWORK, **weather}


@contextmanager
def laid_out(cell: Cell, folder: Path | None = None) -> Iterator[Path]:
    """Write the files of a cell into a folder, or into one that is removed afterwards.

    Raises:
        ValueError: a path would lie outside the folder.
    """
    if folder is None:
        with TemporaryDirectory(prefix="aios-study-") as made:
            yield _written(cell, Path(made))
    else:
        yield _written(cell, folder)


def _written(cell: Cell, folder: Path) -> Path:
    for name, text in cell.files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ValueError(f"{name} would lie outside the folder of the run")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder
