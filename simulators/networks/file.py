"""Reading a network from its file: checked whole, and every error listed."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec
from pydantic import TypeAdapter, ValidationError

from simulators.networks.invariants import broken
from simulators.networks.network import Network

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
    errors = tuple(broken(network))
    if errors:
        raise NetworkInvalid(path, errors)
    return network
