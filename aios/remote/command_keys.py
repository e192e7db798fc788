"""Keys of remote commands: made where commands are signed, trusted where they are taken."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from edge.intake.keys import SUFFIX, read_public_key
from kernel.site import RemoteCommands

PRIVATE: str = ".key"
"""Ending of the file with the private half of a key."""


class KeyState(msgspec.Struct, frozen=True, kw_only=True):
    """A key that a site file names, and whether it is trusted now."""

    key: str
    person: str
    role: str
    points: tuple[str, ...]
    public_key: str
    """Hexadecimal; empty where the key is not trusted."""
    why: str = ""
    """Why it is not trusted; empty where it is."""


def new_key(folder: Path, name: str) -> tuple[Path, Path, str]:
    """Make a key; return the files of its two halves, and the public one hexadecimal.

    Raises:
        FileExistsError: there is a key of that name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    private, public = folder / f"{name}{PRIVATE}", folder / f"{name}{SUFFIX}"
    if public.exists():
        raise FileExistsError(f"{public} is there already")
    body = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
    public.write_bytes(_pem(key.public_key()))
    return private, public, key.public_key().public_bytes_raw().hex()


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read the private half of a key.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no Ed25519 private key without a password.
    """
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except TypeError as error:
        raise ValueError(f"{path} is protected by a password") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{path} holds no Ed25519 private key")  # noqa: TRY004 - a finding about a file
    return key


def states(commands: RemoteCommands) -> tuple[KeyState, ...]:
    """Return every key that a site names, as the folder of trusted keys has it now."""
    return tuple(_state(commands, place) for place in range(len(commands.senders)))


def _state(commands: RemoteCommands, place: int) -> KeyState:
    sender, public, why = commands.senders[place], "", ""
    try:
        public = read_public_key(key_file(commands, sender.key)).public_bytes_raw().hex()
    except FileNotFoundError:
        why = f"no file {key_file(commands, sender.key)}"
    except (OSError, ValueError) as error:
        why = str(error)
    return KeyState(
        key=sender.key,
        person=sender.person,
        role=sender.role,
        points=sender.points,
        public_key=public,
        why=why,
    )


def key_file(commands: RemoteCommands, name: str) -> Path:
    """Return where the public half of a trusted key lies."""
    return Path(commands.keys) / f"{name}{SUFFIX}"


def trust(commands: RemoteCommands, name: str, public: Path) -> str:
    """Put the public half of a key among the trusted ones; return it hexadecimal.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: it holds no Ed25519 public key.
    """
    key, target = read_public_key(public), key_file(commands, name)
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(target.name + ".new")
    fresh.write_bytes(_pem(key))
    fresh.replace(target)
    return key.public_bytes_raw().hex()


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
