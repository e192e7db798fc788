"""Lineage: everything that a run follows from, by digest. Two runs of one lineage are one run."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec


class Lineage(msgspec.Struct, frozen=True, kw_only=True):
    """What a run follows from; digests are SHA-256, hexadecimal."""

    aios: str
    """Version of this package."""
    site: str
    """Of the site file as the run had it, with controller, model and policies put in, and of the register
    maps, agents and releases of agents that it names; empty without one."""
    network: str
    profiles: str = ""
    """Of the file of profiles; empty for the shipped year."""
    weather: str = ""
    """Of the file of measured weather; empty where the climate is a model."""
    scenario: str
    """Of the scenario's tables, what is inherited from the site included."""
    controller: str
    """Of its entry in the study and of the Python files that it names."""
    model: str
    policies: str
    """Revision of the policy bundle; empty where no gateway runs."""
    seed: int
    solver: str = ""
    """What solved the grid, with its version."""

    @property
    def run(self) -> str:
        """The name of the run: 12 hexadecimal digits."""
        return digest_of(self)[:12]


def digest_of(value: Any) -> str:
    """Return the SHA-256 of a value, by its JSON with sorted keys; bytes and texts by themselves.

    >>> digest_of({"a": 1, "b": 2.0}) == digest_of({"b": 2.0, "a": 1})
    True
    """
    if isinstance(value, str):
        value = value.encode()
    if not isinstance(value, bytes):
        value = msgspec.json.encode(value, order="deterministic")
    return hashlib.sha256(value).hexdigest()
