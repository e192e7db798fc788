"""Which solver solves a world: by name, as a scenario has it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from typing import Final, Literal

from simulators.networks.network import Network
from simulators.physics.opendss import OpenDss
from simulators.physics.opendss_extra import NoOpenDss, load
from simulators.physics.port import Solver
from simulators.physics.power_grid import PowerGrid
from simulators.physics.shorted import Shorted
from simulators.physics.tables import Uneven, beyond_sequences

SolverName = Literal["power_grid_model", "opendss"]
DEFAULT: Final[SolverName] = "power_grid_model"
_PACKAGES: Final[dict[SolverName, str]] = {"power_grid_model": "power-grid-model", "opendss": "dss-python"}


def sound_solver(network: Network, name: SolverName = DEFAULT, *, linear: bool = False) -> Solver:
    """Build the solver of that name for a network in which nothing is shorted.

    Args:
        network: to be solved.
        name: of the solver.
        linear: take loads and plants as impedances, so that there is always a solution.

    Raises:
        NoOpenDss: the extra `opendss` is missing.
        Uneven: the network has what only OpenDSS carries.
        MissingZeroSequence: the network has phases, and lines of unknown zero-sequence impedance.
    """
    if name == "opendss":
        return OpenDss(network, linear=linear)
    return PowerGrid(network, linear=linear)


def solver_named(name: SolverName) -> Callable[[Network], Solver]:
    """Return what builds the solver of a world, short circuits included; raises what `sound_solver` does."""
    linear = partial(sound_solver, name=name, linear=True)

    def build(network: Network) -> Solver:
        return Shorted(sound_solver(network, name), linear)

    return build


DEFAULT_SOLVER: Final = solver_named(DEFAULT)
"""Of a world that names none."""


def missing_extra(name: SolverName) -> str:
    """Return how to get a solver that is not installed; empty where it is.

    >>> missing_extra("power_grid_model")
    ''
    """
    if name != "opendss":
        return ""
    try:
        load()
    except NoOpenDss as missing:
        return str(missing)
    return ""


def unfit(network: Network, name: SolverName) -> str:
    """Return why a solver does not do for a network: not installed, or unable; empty where it does."""
    if name == DEFAULT and (names := beyond_sequences(network)):
        return str(Uneven(names))
    return missing_extra(name)


def able(network: Network) -> SolverName:
    """Return the solver that can carry a network: the default one, unless only OpenDSS does.

    >>> from simulators.networks.file import shipped
    >>> able(shipped("nord"))
    'power_grid_model'
    """
    return "opendss" if beyond_sequences(network) else DEFAULT


def version_of(name: SolverName) -> str:
    """Return a solver's name and the release of its package.

    Raises:
        importlib.metadata.PackageNotFoundError: it is not installed.

    >>> version_of("power_grid_model").startswith("power_grid_model 1.")
    True
    """
    return f"{name} {version(_PACKAGES[name])}"
