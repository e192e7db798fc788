"""A network of pandapower, from its JSON file or as an object: carried table by table, or refused by name.

What every kind of element becomes stands in docs/networks.md. An element kind that nobody here knows is
refused too: a table with a column `in_service` is taken for one that carries current.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec

from simulators.networks.file import parse
from simulators.networks.importers.imported import Imported, ImportRefused, NotCarried, Origin
from simulators.networks.importers.names import unlike
from simulators.networks.importers.pandapower_appliances import appliances_of
from simulators.networks.importers.pandapower_branches import branches_of
from simulators.networks.importers.pandapower_gens import held_voltages_of
from simulators.networks.importers.pandapower_rows import Harvest, in_service, label, rows_of, tidy

CARRIED: Final = frozenset(
    {"bus", "line", "trafo", "switch", "load", "sgen", "storage", "shunt", "ext_grid", "gen"}
)
"""Tables of pandapower that a reader here knows."""
_REASONS: Final[Mapping[str, str]] = {
    "trafo3w": "a transformer with three windings",
    "impedance": "an impedance that is not the same in both directions",
    "ward": "a ward equivalent",
    "xward": "an extended ward equivalent",
    "motor": "a motor",
    "dcline": "a direct-current link",
    "asymmetric_load": "a load that differs from phase to phase",
    "asymmetric_sgen": "a generator that differs from phase to phase",
}


class NotInstalled(ImportError):
    """An extra is missing; the message names it."""


def pandapower() -> ModuleType:
    """Return pandapower.

    Raises:
        NotInstalled: the extra `networks` is missing.
    """
    return extra("pandapower")


def extra(name: str) -> ModuleType:
    """Return a module of the extra `networks`.

    Raises:
        NotInstalled: it is missing.
    """
    try:
        with quiet():
            return import_module(name)
    except ModuleNotFoundError as missing:
        raise NotInstalled(f'{name} is not installed: pip install "aios-grid[networks]"') from missing


@contextmanager
def quiet() -> Iterator[None]:
    """Let warnings of the origin's program pass: they are about its own future, not about this network."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read_net(path: Path) -> Any:
    """Read a file that `pandapower.to_json` wrote.

    Raises:
        NotInstalled: pandapower is missing.
        ImportRefused: the file holds no network.
        OSError: it cannot be read.
    """
    text = path.read_text(encoding="utf-8")
    program = pandapower()
    try:
        with quiet():
            net = program.from_json_string(text, convert=True)
    except Exception as broken:  # its reader raises whatever its parts raise
        why = f"pandapower cannot read it: {type(broken).__name__}: {broken}"
        raise ImportRefused(str(path), (NotCarried(kind="file", name=path.name, why=why),)) from broken
    if not isinstance(net, program.pandapowerNet):
        raise ImportRefused(
            str(path), (NotCarried(kind="file", name=path.name, why="holds no pandapower network"),)
        )
    return net


def solved(net: Any) -> bool:
    """Have pandapower solve a network as it stands, tighter than by itself; return whether it could.

    The tolerance is 1e-10 MVA: what is left between two programs is then a difference of models.
    """
    program = pandapower()
    try:
        with quiet():
            program.runpp(net, tolerance_mva=1e-10, calculate_voltage_angles=True, numba=False, init="auto")
    except program.LoadflowNotConverged:
        return False
    return True


def from_pandapower(
    net: Any,
    *,
    source: str = "",
    form: str = "pandapower",
    leave_out: Collection[str] = (),
    fixed_gens: bool = False,
    digest: str = "",
) -> Imported:
    """Make a network of ours from one of pandapower.

    Args:
        net: a pandapower network; it is not changed.
        source: where it is from, as it shall stand in the provenance.
        form: of the origin.
        leave_out: kinds of elements, `ward`, that may stay behind instead of having the import refused.
        fixed_gens: carry generators that hold a voltage with the reactive power that pandapower finds for
            them at import; otherwise they are refused.
        digest: of the file that it was read from; that of our tables where there is none.

    Raises:
        ImportRefused: with every element that cannot be carried.
        NetworkInvalid: what was carried breaks a rule of our networks.
    """
    found = Harvest()
    buses = rows_of(net, "bus")
    serving = in_service(buses)
    for index in buses.keys() - serving.keys():
        found.left_out.append(NotCarried(kind="bus", name=label(buses, index), why="out of service"))
    names = found.names["bus"] = unlike({i: row.get("name") for i, row in serving.items()}, "bus", set())
    found.tables["name"] = str(net.get("name") or "") or (source if form == "simbench" else Path(source).stem)
    found.tables["frequency_hz"] = float(net.f_hz)
    found.tables["buses"] = [
        {"name": names[i], "voltage_kv": float(row["vn_kv"])} for i, row in serving.items()
    ]
    model = str((net.get("user_pf_options") or {}).get("trafo_model", "t"))
    branches_of(net, names, found, trafo_model=model)
    suffixes = ("_pload", "_qload") if form == "simbench" else ("", "")
    appliances_of(net, names, found, suffixes=suffixes)
    held_voltages_of(net, names, found, fixed=fixed_gens)
    _others(net, found)
    refused = [one for one in found.refused if one.kind not in leave_out]
    if refused:
        raise ImportRefused(source or "network", refused)
    found.left_out += found.refused
    return Imported(
        network=parse(tidy(found.tables), path=source or "network"),
        origin=Origin(
            source=source,
            form=form,
            version=f"pandapower {metadata.version('pandapower')}",
            digest=digest or hashlib.sha256(msgspec.json.encode(found.tables)).hexdigest(),
        ),
        names=found.names,
        left_out=tuple(sorted(found.left_out)),
        notes=tuple(found.notes),
    )


def _others(net: Any, found: Harvest) -> None:
    """Refuse whatever stands in a table that no reader knows; controllers are told, they carry nothing."""
    for table, frame in net.items():
        if (
            table.startswith(("_", "res_"))
            or table in CARRIED
            or "in_service" not in getattr(frame, "columns", ())
        ):
            continue
        rows = rows_of(net, table)
        for index in in_service(rows):
            if table == "controller":
                found.notes.append(f"controller {index} ({rows[index].get('object')}) is not carried")
            else:
                why = _REASONS.get(table, "a kind of element that this importer does not know")
                found.refuse(table, rows, index, why)
