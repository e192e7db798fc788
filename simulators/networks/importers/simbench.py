"""Networks of SimBench by their code, with the year of profiles that their loads and plants follow.

SimBench is data of the universities of Kassel and Dortmund, RWTH Aachen and Fraunhofer IEE under ODbL 1.0:
a file that is made from it stands under that licence too. The time of its rows is told in
simulators/profiles/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, Final

import numpy as np

from simulators.networks.importers.against_pandapower import Moment
from simulators.networks.importers.imported import Imported, ImportRefused, NotCarried
from simulators.networks.importers.pandapower_net import extra, from_pandapower, quiet
from simulators.physics.flows import Values
from simulators.profiles.load import NS, Profiles
from simulators.profiles.stored import profile_set

START_NS: Final = int(datetime(2015, 12, 31, 23, tzinfo=UTC).timestamp()) * NS
"""The first row, 2016-01-01 00:00 in central Europe."""
STEP_S: Final = 900
LICENCE: Final = "SimBench (simbench.de), Open Database License (ODbL) 1.0"
_CODE: Final = re.compile(r"^[0-9]-\w+-\w+-[\w.]+-[012]-(no_)?sw$|^[0-9]-\w+-\w+--[012]-(no_)?sw$")


def is_code(source: str) -> bool:
    """Return whether something looks like the code of a SimBench network.

    >>> is_code("1-MV-urban--0-sw"), is_code("1-MVLV-rural-2.107-0-no_sw"), is_code("net.json")
    (True, True, False)
    """
    return bool(_CODE.match(source))


@dataclass(frozen=True, slots=True, kw_only=True)
class SimBench:
    """A network of SimBench as pandapower has it, and as ours."""

    net: Any
    imported: Imported
    profiles: Profiles

    def totals(self) -> tuple[Values, Values]:
        """Return the active power of all loads and of all plants over the year, (T,) kW each."""
        network, rows = self.imported.network, {name: at for at, name in enumerate(self.profiles.names)}
        load, feed = (np.zeros(self.profiles.values.shape[1]) for _ in range(2))
        for one in network.loads:
            load += one.peak_kw * (self.profiles.values[rows[one.profile]] if one.profile else 1.0)
        for plant in network.generators:
            feed += plant.rated_kw * (self.profiles.values[rows[plant.profile]] if plant.profile else 1.0)
        return load, feed

    def moments(self, steps: Sequence[int]) -> list[Moment]:
        """Return the origin's powers at rows of its year, as SimBench itself reckons them."""
        with quiet():
            powers = extra("simbench").get_absolute_values(self.net, profiles_instead_of_study_cases=True)
        kept = {key: frame for key, frame in powers.items() if len(frame.columns)}
        return [
            Moment(name=_told(step), columns={key: frame.to_numpy()[step] for key, frame in kept.items()})
            for step in steps
        ]


def from_simbench(code: str, *, leave_out: Collection[str] = (), fixed_gens: bool = False) -> SimBench:
    """Read a network of SimBench.

    Args:
        code: `1-MV-urban--0-sw`.
        leave_out: kinds of elements that may stay behind.
        fixed_gens: carry generators that hold a voltage with fixed reactive power.

    Raises:
        NotInstalled: the extra `networks` is missing.
        ImportRefused: there is no such network, or it holds what cannot be carried.
    """
    program = extra("simbench")
    try:
        with quiet():
            net = program.get_simbench_net(code)
    except (ValueError, KeyError, OSError) as unknown:
        why = f"SimBench has no such network: {unknown}"
        raise ImportRefused(code, (NotCarried(kind="code", name=code, why=why),)) from unknown
    imported = from_pandapower(net, source=code, form="simbench", leave_out=leave_out, fixed_gens=fixed_gens)
    origin = replace(
        imported.origin,
        version=f"simbench {metadata.version('simbench')}, {imported.origin.version}",
        licence=LICENCE,
    )
    return SimBench(net=net, imported=replace(imported, origin=origin), profiles=_profiles(net, imported))


def _profiles(net: Any, imported: Imported) -> Profiles:
    """Return the profiles that the network follows, (S, T) per unit of the element."""
    columns = {
        str(name): frame[name].to_numpy(np.float64)
        for kind, frame in net.profiles.items()
        if kind != "storage"
        for name in frame.columns
        if name in imported.network.followed
    }
    names = tuple(sorted(columns))
    values = np.stack([columns[name] for name in names]) if names else np.zeros((0, 1))
    return profile_set(names, values, start_ns=START_NS, step_s=STEP_S)


def _told(step: int) -> str:
    return datetime.fromtimestamp(START_NS / NS + step * STEP_S, tz=UTC).isoformat()
