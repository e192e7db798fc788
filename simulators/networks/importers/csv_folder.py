"""A network from a folder of CSV files: one file a kind, one row a thing, columns named as in the TOML file.

    buses.csv          name,voltage_kv
    source.csv         name,bus,voltage_pu,short_circuit_mva,rx_ratio
    lines.csv          name,from_bus,to_bus,length_km,ohm_per_km,reactance_ohm_per_km,...
    profiles.csv       time [Europe/Berlin],village [kW]

`buses.csv` and `source.csv` must be there. An empty cell stands for the default. Numbers have a point.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import UnionType
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from simulators.networks.branches import Coupler, Line, Switch, Transformer
from simulators.networks.file import NetworkInvalid, parse
from simulators.networks.importers.imported import Imported, Origin, Tables
from simulators.networks.importers.names import plain
from simulators.networks.network import Battery, Bus, Capacitor, Generator, Load, Source
from simulators.profiles.from_csv import read_csv
from simulators.profiles.load import Profiles
from simulators.profiles.stored import no_profiles

KINDS: Final[Mapping[str, type[Any]]] = {
    "buses": Bus,
    "source": Source,
    "transformers": Transformer,
    "lines": Line,
    "couplers": Coupler,
    "switches": Switch,
    "capacitors": Capacitor,
    "loads": Load,
    "generators": Generator,
    "batteries": Battery,
}
"""What a row of each file is."""
_NETWORK: Final[Mapping[str, Any]] = {"name": str, "frequency_hz": float}
"""Columns of `network.csv`, which has one row and may be left out."""
_BOOL: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def is_csv_folder(path: Path) -> bool:
    """Return whether a folder holds a network as CSV."""
    return (path / "buses.csv").is_file()


def columns_of(noun: type[Any]) -> dict[str, Any]:
    """Return the columns of a file by name, with the type of their cells; `regulator.` is a part of a row.

    >>> columns_of(Bus)
    {'name': <class 'str'>, 'voltage_kv': <class 'float'>}
    """
    hints, found = get_type_hints(noun), dict[str, Any]()
    for field in fields(noun):
        kinds = [one for one in get_args(hints[field.name]) if one is not type(None)]
        kind: Any = kinds[0] if get_origin(hints[field.name]) is UnionType else hints[field.name]
        if isinstance(kind, type) and is_dataclass(kind):
            found |= {f"{field.name}.{name}": of for name, of in columns_of(kind).items()}
        else:
            found[field.name] = kind
    return found


def from_csv(folder: Path) -> tuple[Imported, Profiles]:
    """Read a network and the profiles that it follows.

    Raises:
        NetworkInvalid: with every error, each with its file and line.
        ProfilesInvalid: the profiles have errors or gaps; all are listed.
        OSError: a file cannot be read.
    """
    errors: list[str] = []
    tables: Tables = {"name": plain(folder.resolve().name) or "network"}
    digest = hashlib.sha256()
    for name, columns in {"network": _NETWORK, **{n: columns_of(kind) for n, kind in KINDS.items()}}.items():
        path = folder / f"{name}.csv"
        if not path.is_file():
            continue
        digest.update(path.read_bytes())
        rows = _rows(path, columns, errors)
        if name in {"network", "source"}:
            if len(rows) != 1:
                errors.append(f"{path.name}: has {len(rows)} rows; there is one {name}")
            tables |= (rows[0] if name == "network" else {name: rows[0]}) if rows else {}
        else:
            tables[name] = rows
    known = {"network.csv", "profiles.csv", *(f"{name}.csv" for name in KINDS)}
    errors += [f"{path.name}: no such file is read" for path in _others(folder, known)]
    if errors:
        raise NetworkInvalid(str(folder), tuple(errors))
    profiles = folder / "profiles.csv"
    return (
        Imported(
            network=parse(tables, path=str(folder)),
            origin=Origin(source=str(folder), form="csv", version="aios", digest=digest.hexdigest()),
        ),
        read_csv(profiles).profiles if profiles.is_file() else no_profiles(),
    )


def _others(folder: Path, known: set[str]) -> list[Path]:
    return sorted(path for path in folder.glob("*.csv") if path.name not in known)


def _rows(path: Path, columns: Mapping[str, Any], errors: list[str]) -> list[Tables]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        strange = [name for name in reader.fieldnames or () if name not in columns]
        if strange:
            errors.append(f"{path.name}: no column {', '.join(strange)}; there are {', '.join(columns)}")
            return []
        return [_row(path, reader.line_num, row, columns, errors) for row in reader]


def _row(
    path: Path, line: int, cells: Mapping[str, str | None], columns: Mapping[str, Any], errors: list[str]
) -> Tables:
    found: Tables = {}
    for name, text in cells.items():
        if text is None or not text.strip():
            continue
        try:
            value = _value(columns[name], text.strip())
        except (ValueError, KeyError):
            errors.append(f"{path.name}:{line}: {name}: {text} is no {_told(columns[name])}")
            continue
        place, _, part = name.partition(".")
        if part:
            found.setdefault(place, {})[part] = value
        else:
            found[place] = value
    return found


def _value(kind: Any, text: str) -> Any:
    if kind is bool:
        return _BOOL[text.lower()]
    if get_origin(kind) is tuple:
        return [float(number) for number in text.split()]
    return kind(text) if kind in (int, float) else text


def _told(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "choice"
    if get_origin(kind) is tuple:
        return "row of numbers with spaces between"
    return {bool: "true or false", int: "whole number", float: "number"}.get(kind, "text")
