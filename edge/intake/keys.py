"""Trusted keys: a folder of public keys, looked into for every command: a removed one counts no more."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from kernel.remote import NotTaken

LARGEST_FILE: Final = 4096
"""Bytes that are read of a key's file; a public key has some 120."""
SUFFIX: Final = ".pem"


class TrustedKeys:
    """Finds the public key of a name that the site file gives."""

    def __init__(self, folder: Path, names: Container[str]) -> None:
        """Look into a folder.

        Args:
            folder: holds `NAME.pem` for each key, a public key in PEM.
            names: the keys that the site file names; no file of another name is opened.
        """
        self._folder = folder
        self._names = names

    def find(self, name: str) -> Ed25519PublicKey | NotTaken:
        """Return a key as its file has it now, or why it is not trusted; blocks for one small file."""
        if name not in self._names:
            return NotTaken.UNKNOWN_KEY
        try:
            return read_public_key(self._folder / f"{name}{SUFFIX}")
        except (OSError, ValueError):
            return NotTaken.REVOKED_KEY


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key from a PEM file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no Ed25519 public key.
    """
    with path.open("rb") as file:
        text = file.read(LARGEST_FILE)
    try:
        key = load_pem_public_key(text)
    except UnsupportedAlgorithm as error:
        raise ValueError(f"{path} holds no Ed25519 public key") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError(f"{path} holds no Ed25519 public key")  # noqa: TRY004 - a finding about a file
    return key
