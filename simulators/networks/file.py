"""Reading a network from its file: checked whole, and every error listed."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import TypeAdapter, ValidationError

from simulators.networks.network import Branch, Bus, Cable, Coupler, Load, Network, Plant, Source

FOLDER: Final = Path(__file__).parent
"""Where the shipped networks stand: beside this file."""
_ADAPTER: Final = TypeAdapter(Network)


class NetworkInvalid(ValueError):
    """The network file cannot be used; every error is listed."""

    def __init__(self, path: str, errors: tuple[str, ...]) -> None:
        self.path = path
        self.errors = errors
        super().__init__(f"{path}: {len(errors)} errors\n" + "\n".join(f"  {error}" for error in errors))


def shipped(name: str) -> Network:
    """Load a network that comes with the simulators.

    >>> [transformer.name for transformer in shipped("nord").transformers]
    ['t1', 't2']
    """
    return load(FOLDER / f"{name}.toml")


def load(path: Path) -> Network:
    """Read a network file.

    Raises:
        NetworkInvalid: the file breaks TOML, a type, a range or a reference; all errors are listed.
        OSError: the file cannot be read.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as broken:
        raise NetworkInvalid(str(path), (str(broken),)) from broken
    return parse(tables, path=str(path))


def parse(tables: dict[str, Any], *, path: str = "network") -> Network:
    """Build a network from TOML tables.

    Raises:
        NetworkInvalid: with every error, not just the first.
    """
    try:
        # By way of JSON: strict Python mode would refuse TOML's arrays for our tuples.
        network = _ADAPTER.validate_json(msgspec.json.encode(tables))
    except ValidationError as wrong:
        found = tuple(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in wrong.errors())
        raise NetworkInvalid(path, found) from wrong
    errors = (*_repeated(network), *_dangling(network), *_mixed_voltage(network))
    if errors:
        raise NetworkInvalid(path, errors)
    return network


def _repeated(network: Network) -> Iterator[str]:
    kinds: dict[str, Sequence[Bus | Branch | Load | Plant]] = {
        "bus": network.buses,
        "branch": network.branches,
        "load": network.loads,
        "plant": network.plants,
    }
    for kind, things in kinds.items():
        counts = Counter(thing.name for thing in things)
        yield from (f"{kind} {name} stands {count} times" for name, count in counts.items() if count > 1)


def _dangling(network: Network) -> Iterator[str]:
    known = {bus.name for bus in network.buses}
    for branch in network.branches:
        for end, bus in (("from_bus", branch.from_bus), ("to_bus", branch.to_bus)):
            if bus not in known:
                yield f"{branch.name}.{end}: no bus {bus}"
        if branch.from_bus == branch.to_bus:
            yield f"{branch.name}: both ends on bus {branch.from_bus}"
    things: tuple[Source | Load | Plant, ...] = (network.source, *network.loads, *network.plants)
    for thing in things:
        if thing.bus not in known:
            yield f"{thing.name}.bus: no bus {thing.bus}"


def _mixed_voltage(network: Network) -> Iterator[str]:
    kv = {bus.name: bus.voltage_kv for bus in network.buses}
    joined: tuple[Cable | Coupler, ...] = (*network.cables, *network.couplers)
    for branch in joined:
        ends = {kv[bus] for bus in (branch.from_bus, branch.to_bus) if bus in kv}
        if len(ends) > 1:
            yield f"{branch.name}: joins buses of {min(ends):g} and {max(ends):g} kV"
