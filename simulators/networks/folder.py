"""A network in a folder of its own: its file, the profiles that it follows, and where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from simulators.networks.file import FOLDER as SHIPPED
from simulators.networks.file import NetworkInvalid, load
from simulators.networks.network import Network
from simulators.networks.write import write
from simulators.profiles.load import Profiles, load_profiles
from simulators.profiles.stored import FILE as PROFILES
from simulators.profiles.stored import read_profiles, write_profiles

NETWORK: Final = "network.toml"
RECORD: Final = "import.json"
"""Where it is from, what was left out, and how well it agrees with its origin."""


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """How a network came here."""

    source: str
    """File or code that was named."""
    form: str
    version: str
    digest: str
    licence: str = ""
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    options: dict[str, str] = {}
    """What whoever imported it asked for, so that it can be asked for again."""
    names: dict[str, dict[str, str]] = {}
    """Our name by table and index of the origin."""
    max_dv_pu: float | None = None
    """Largest difference of a voltage against the origin; None where the form has no program of its own."""
    compared: str = ""
    """Where and when that was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A network as it lies in a folder."""

    network: Network
    profiles: Profiles
    record: Record | None = None
    """None where the network was not imported."""


class NoNetwork(FileNotFoundError):
    """There is no network of that name or path."""


def keep(folder: Path, network: Network, profiles: Profiles, record: Record) -> None:
    """Write a network with its profiles and its origin into a folder; what is there is replaced.

    Raises:
        OSError: it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    remarks = [f"Imported from {record.source} ({record.version}).", *filter(None, [record.licence])]
    write(network, folder / NETWORK, remarks=remarks)
    (folder / PROFILES).unlink(missing_ok=True)
    if profiles.names:
        write_profiles(profiles, folder / PROFILES)
    (folder / RECORD).write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")


def open_network(name: str | Path) -> Stored:
    """Read a network: a shipped one by its name, a folder, or a network file.

    A network without profiles of its own follows the shipped year (`feeder_1` ... `feeder_4`, `pv`).

    Raises:
        NoNetwork: there is none.
        NetworkInvalid: its file is wrong; every error is listed.
        ValueError: its profiles or its record cannot be read.

    >>> open_network("nord").network.name
    'nord'
    """
    path = Path(name)
    file = path / NETWORK if path.is_dir() else path
    if not file.is_file():
        file = SHIPPED / f"{name}.toml"
    if not file.is_file():
        known = ", ".join(sorted(one.stem for one in SHIPPED.glob("*.toml")))
        raise NoNetwork(f"no network {name}: neither a file nor a folder with {NETWORK}; shipped are {known}")
    beside = file.parent / PROFILES
    own = beside.is_file() and file.parent != SHIPPED
    return Stored(
        network=load(file),
        profiles=read_profiles(beside) if own else load_profiles(),
        record=_record(file.parent / RECORD),
    )


def _record(path: Path) -> Record | None:
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except msgspec.MsgspecError as broken:
        raise NetworkInvalid(str(path), (str(broken),)) from broken
