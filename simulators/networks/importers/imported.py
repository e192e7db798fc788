"""What an importer gives back: a network, where it is from, and by name what did not come along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulators.networks.network import Network

Tables = dict[str, Any]
"""A network as the tables of its TOML file."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class NotCarried:
    """One element of the origin that our network cannot carry, or that was left out on purpose."""

    kind: str
    """Table of the origin, `trafo3w`."""
    name: str
    """Name of the element there."""
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}: {self.why}"


class ImportRefused(ValueError):
    """The origin holds what cannot be carried; nothing was imported, and every such element is listed."""

    def __init__(self, source: str, refused: Sequence[NotCarried]) -> None:
        self.source = source
        self.refused = tuple(refused)
        lines = "\n".join(f"  {one}" for one in self.refused)
        super().__init__(f"{source}: {len(self.refused)} elements cannot be carried\n{lines}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a network is from."""

    source: str
    """What was named: a file or a code."""
    form: str
    """`pandapower`, `simbench`, `csv`, `toml`, `opendss`."""
    version: str
    """Of the program that read it."""
    digest: str
    """SHA-256 of what was read."""
    licence: str = ""
    """Of the data, where it binds whoever passes them on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A network that came from somewhere else."""

    network: Network
    origin: Origin
    names: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    """Our name by table and index of the origin."""
    left_out: tuple[NotCarried, ...] = ()
    """Out of service there, or left out because whoever imports wanted it so."""
    notes: tuple[str, ...] = ()
    """What was carried in another shape than it had."""
