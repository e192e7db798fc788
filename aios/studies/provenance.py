"""What a run follows from, gathered: every text and file that can change a number of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import aios
from aios.plugins import file_of, origin_of
from aios.studies.cell import NETWORK, WEATHER, Cell
from aios.studies.lineage import Lineage, digest_of
from aios.studies.scenario_file import ScenarioFile
from aios.studies.variants import kind_within
from simulators.physics.solvers import DEFAULT, version_of

_ELSEWHERE: Final = frozenset({"seed", "network", "profiles", "weather"})
"""Keys of a section with a place of their own in the lineage; files by content, so that a study may move."""


class OtherCode(RuntimeError):
    """A run was planned with other versions or another file of profiles than there are now."""


def lineage_of(
    scenario: ScenarioFile, *, site: str, files: Mapping[str, str], controller: str, model: str = ""
) -> Lineage:
    """Return the lineage of a cell, with seed 0 and the policies still to be looked up.

    Args:
        scenario: what the world is.
        site: text of the site file with everything put in; empty without one.
        files: texts beside it by path; those of network and weather count by themselves.
        controller: digest of its entry.
        model: digest of its entry.
    """
    return Lineage(
        aios=aios.__version__,
        site=_site_digest(site, files),
        network=digest_of(scenario.network),
        profiles=_digest_of_file(scenario.section),
        weather=digest_of(scenario.weather) if scenario.weather else "",
        scenario=scenario_digest(scenario.section),
        controller=controller,
        model=model,
        policies="",
        seed=0,
        solver=version_of(scenario.section.get("solver", DEFAULT)),
    )


def scenario_digest(section: Mapping[str, Any]) -> str:
    """Return the digest of a `[simulation]` section, but for its seed and the files of its world.

    >>> scenario_digest({"days": 1, "seed": 4}) == scenario_digest({"days": 1, "seed": 5})
    True
    """
    return digest_of({key: value for key, value in section.items() if key not in _ELSEWHERE})


def refuse_other_code(cell: Cell) -> None:
    """Refuse to run what a lineage does not tell: after an update its result would bear a wrong name.

    Raises:
        OtherCode: version, installed agents, solver or profiles are not those of the lineage.
    """
    planned = cell.lineage
    solver, profiles = version_of(cell.section.get("solver", DEFAULT)), _digest_of_file(cell.section)
    pairs = {
        "aios": (planned.aios, aios.__version__),
        "the site with its agents": (planned.site, _site_digest(cell.site, cell.files)),
        "the solver": (planned.solver, solver),
        "the profiles": (planned.profiles, profiles),
    }
    other = [f"{what} was {then}, now it is {now}" for what, (then, now) in pairs.items() if then != now]
    if other:
        raise OtherCode(f"{'; '.join(other)}: run the study again with `aios study run`")


def _site_digest(site: str, files: Mapping[str, str]) -> str:
    """Digest a site as a run has it: its file, what lies beside it, releases of installed agents."""
    if not site:
        return ""
    beside = {name: text for name, text in files.items() if name not in {NETWORK, WEATHER}}
    kinds = {kind_within(loop) for loop in tomllib.loads(site).get("loop", [])}
    return digest_of([site, beside, sorted(origin_of(kind) for kind in kinds if file_of(kind) is None)])


def _digest_of_file(section: Mapping[str, Any]) -> str:
    path = str(section.get("profiles") or "")
    return sha256(Path(path).read_bytes()).hexdigest() if path else ""
