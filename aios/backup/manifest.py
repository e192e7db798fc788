"""The manifest of a backup: every file with its digest, and what the journal was worth, signed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import msgspec

MANIFEST: Final = "backup.json"
FORMAT: Final = 1


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a backup."""

    name: str
    """Path in the gateway's folder, with forward slashes."""
    kind: str
    """database, file or key."""
    bytes: int
    sha256: str
    mode: int
    """Permissions."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup is."""

    format: int = FORMAT
    version: str
    """Version of the program that wrote it."""
    made_at_ns: int
    """Nanoseconds since 1970 UTC, by the machine's clock."""
    with_keys: bool
    files: tuple[Kept, ...]
    newest: int
    """Number of the newest entry of its command journal; 0 where it has none."""
    head: str
    """Hash of that entry, hexadecimal."""
    findings: tuple[str, ...]
    """What was wrong with the journal when it was backed up; empty where it was whole."""
    public_key: str = ""
    """Of the gateway; empty where its key could not be read."""
    signature: str = ""

    @property
    def message(self) -> bytes:
        """What is signed."""
        plain = msgspec.structs.replace(self, signature="")
        return b"aios backup|" + msgspec.json.encode(plain, order="deterministic")


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
