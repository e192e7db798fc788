"""One door for every form: what is named is recognised, read, and compared with its origin."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulators.networks.file import load
from simulators.networks.folder import Record, open_network
from simulators.networks.importers.against_dss import agree_with_dss
from simulators.networks.importers.against_pandapower import agree
from simulators.networks.importers.agreement import TOLERANCE_PU, Agreement, Disagrees
from simulators.networks.importers.csv_folder import from_csv, is_csv_folder
from simulators.networks.importers.dss_file import digest_of, from_dss, read_dss
from simulators.networks.importers.imported import Imported, Origin
from simulators.networks.importers.pandapower_net import from_pandapower, read_net, solved
from simulators.networks.importers.simbench import SimBench, from_simbench, is_code
from simulators.profiles.load import Profiles
from simulators.profiles.stored import no_profiles, profile_set


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What whoever imports asks for."""

    leave_out: frozenset[str] = frozenset()
    """Kinds of elements of the origin that may stay behind."""
    fixed_gens: bool = False
    """Carry generators that hold a voltage with the reactive power of the moment."""
    tolerance_pu: float = TOLERANCE_PU
    """Largest difference of a voltage that is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A network that was read from somewhere, with its profiles."""

    imported: Imported
    profiles: Profiles
    agreement: Agreement | None
    """None where the form has no program of its own to compare with."""

    def record(self, wanted: Wanted) -> Record:
        """Return how it came here, as it stands beside the network."""
        origin, agreement = self.imported.origin, self.agreement
        return Record(
            source=origin.source,
            form=origin.form,
            version=origin.version,
            digest=origin.digest,
            licence=origin.licence,
            left_out=tuple(map(str, self.imported.left_out)),
            notes=self.imported.notes,
            options={
                "leave_out": " ".join(sorted(wanted.leave_out)),
                "fixed_gens": "yes" if wanted.fixed_gens else "",
            },
            names={
                table: {str(index): name for index, name in names.items()}
                for table, names in self.imported.names.items()
            },
            max_dv_pu=None if agreement is None else agreement.max_dv_pu,
            compared="" if agreement is None else str(agreement),
        )


class UnknownForm(ValueError):
    """What was named is none of the forms that can be imported."""


def take(source: str, wanted: Wanted | None = None) -> Taken:
    """Read a network from a SimBench code, a file of pandapower or OpenDSS, CSV or a network file.

    Raises:
        UnknownForm: it is none of these.
        ImportRefused: it holds what cannot be carried; every such element is listed.
        NetworkInvalid: what it holds breaks a rule of our networks.
        ProfilesInvalid: the profiles of a CSV folder have errors or gaps; all are listed.
        Disagrees: its voltages differ from those of its origin by more than is accepted.
        NotInstalled: the extra `networks` is missing.
        NoOpenDss: the extra `opendss` is missing.
        OSError: it cannot be read.
    """
    wanted = wanted or Wanted()
    found = read(source, wanted)
    agreement = None if found.compare is None else found.compare(found.imported)
    if agreement is not None and not agreement.within(wanted.tolerance_pu):
        raise Disagrees(agreement, wanted.tolerance_pu)
    return Taken(imported=found.imported, profiles=found.profiles, agreement=agreement)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An origin that was read."""

    imported: Imported
    profiles: Profiles
    compare: Callable[[Imported], Agreement] | None = None
    """Solves the origin and a network that came from it side by side; None without a program of its own."""


def read(source: str, wanted: Wanted) -> Found:
    """Read an origin, without comparing anything; raises what `take` raises but `Disagrees`."""
    path = Path(source)
    if is_csv_folder(path):
        imported, profiles = from_csv(path)
        return Found(imported=imported, profiles=profiles)
    if path.is_file() and path.suffix == ".toml":
        return Found(imported=_own(path), profiles=_followed(path))
    if path.is_file() and path.suffix == ".json":
        return _pandapower(path, wanted)
    if path.is_file() and path.suffix == ".dss":
        return _opendss(path, wanted)
    if is_code(source):
        return _simbench(source, wanted)
    raise UnknownForm(
        f"{source} is no SimBench code (1-MV-urban--0-sw), no pandapower file (.json), "
        "no OpenDSS script (.dss), no network file (.toml) and no folder with buses.csv"
    )


def _pandapower(path: Path, wanted: Wanted) -> Found:
    net = read_net(path)
    if wanted.fixed_gens:
        solved(net)
    imported = from_pandapower(
        net,
        source=str(path),
        leave_out=wanted.leave_out,
        fixed_gens=wanted.fixed_gens,
        digest=hashlib.sha256(path.read_bytes()).hexdigest(),
    )
    return Found(imported=imported, profiles=no_profiles(), compare=lambda ours: agree(net, ours))


def _opendss(path: Path, wanted: Wanted) -> Found:
    dss = read_dss(path)
    imported = from_dss(dss, source=str(path), digest=digest_of(path), leave_out=wanted.leave_out)
    return Found(imported=imported, profiles=no_profiles(), compare=lambda ours: agree_with_dss(dss, ours))


def _simbench(code: str, wanted: Wanted) -> Found:
    bench = from_simbench(code, leave_out=wanted.leave_out, fixed_gens=wanted.fixed_gens)
    return Found(
        imported=bench.imported,
        profiles=bench.profiles,
        compare=lambda ours: agree(bench.net, ours, bench.moments(telling_steps(bench))),
    )


def telling_steps(bench: SimBench) -> list[int]:
    """Return rows of the year that say most: highest and lowest load, highest feed-in and surplus."""
    load, feed = bench.totals()
    rows = (load.argmax(), load.argmin(), feed.argmax(), (feed - load).argmax())
    return sorted({int(row) for row in np.array(rows)})


def _own(path: Path) -> Imported:
    content = path.read_bytes()
    return Imported(
        network=load(path),
        origin=Origin(
            source=str(path), form="toml", version="aios", digest=hashlib.sha256(content).hexdigest()
        ),
    )


def _followed(path: Path) -> Profiles:
    """Return of the profiles beside a network file those that it follows."""
    stored = open_network(path)
    followed = stored.network.followed
    if not followed:
        return no_profiles()
    rows = [at for at, name in enumerate(stored.profiles.names) if name in followed]
    return profile_set(
        tuple(stored.profiles.names[at] for at in rows),
        stored.profiles.values[rows],
        start_ns=stored.profiles.start_ns,
        step_s=stored.profiles.step_s,
    )
