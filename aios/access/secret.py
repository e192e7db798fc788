"""Secrets of 256 random bits: shown once, kept as their digest."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

BYTES: Final = 32


def new_secret() -> str:
    """Draw a secret, as URL-safe text."""
    return secrets.token_urlsafe(BYTES)


def new_id(kind: str) -> str:
    """Draw a public id, such as `sign-in-3f2a...`: it names a secret and gives nothing of it away."""
    return f"{kind}-{secrets.token_hex(8)}"


def digest(secret: str) -> str:
    """Return what is kept of a secret. One round is enough for 256 random bits; a password is another thing.

    >>> digest("a")[:12]
    'ca978112ca1b'
    """
    return hashlib.sha256(secret.encode()).hexdigest()
