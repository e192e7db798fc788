"""What a scenario names, as files: its network, and the profiles that lie beside it."""

from __future__ import annotations

from pathlib import Path

from simulators.networks.file import FOLDER as SHIPPED
from simulators.networks.file import load
from simulators.networks.folder import NETWORK
from simulators.networks.network import Network
from simulators.profiles.stored import FILE as PROFILES


def network_named(name: str, folder: Path) -> tuple[str, Network]:
    """Return the text of a network file and the network: of a file, a folder, or a shipped one.

    Raises:
        FileNotFoundError: there is neither.
        NetworkInvalid: with every mistake.
    """
    path = _network_file(name, folder)
    return path.read_text(encoding="utf-8"), load(path)


def profile_file(network: str, profiles: str, folder: Path) -> str:
    """Return the path of the profiles that a scenario names, or that lie beside its network; empty: none."""
    if profiles:
        return str((folder / profiles).resolve())
    beside = _network_file(network, folder).parent / PROFILES
    return str(beside.resolve()) if beside.is_file() and beside.parent != SHIPPED else ""


def _network_file(name: str, folder: Path) -> Path:
    beside = folder / name
    if beside.is_dir():
        beside /= NETWORK
    own = beside.is_file() and beside.suffix == ".toml"
    return beside if own else SHIPPED / f"{name}.toml"
