"""Signatures: the key of a gateway, made at its first start and kept beside its journal.

Ed25519 (RFC 8032) of the `cryptography` library. Whoever verifies needs the public key from elsewhere: what
lies on the same disk as the journal can be changed together with it.
"""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)


class Signer:
    """Signs for a gateway."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Sign with a key."""
        self._key = key
        self.public_key: str = key.public_key().public_bytes_raw().hex()
        """Hexadecimal; what others verify with."""

    @classmethod
    def at(cls, path: Path) -> Signer:
        """Take the key of a file; make it, readable by its owner only, where there is none.

        Raises:
            ValueError: the file holds no Ed25519 key.
        """
        if not path.exists():
            _make(path)
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError(f"{path} holds no Ed25519 key")  # noqa: TRY004 - a finding about a file
        return cls(key)

    def sign(self, message: bytes) -> str:
        """Return the signature of a message, hexadecimal."""
        return self._key.sign(message).hex()


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)


def is_signed(message: bytes, signature: str, public_key: str) -> bool:
    """Tell whether a signature of a message was made with the key that belongs to a public key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key)).verify(
            bytes.fromhex(signature), message
        )
    except (InvalidSignature, ValueError):
        return False
    return True
