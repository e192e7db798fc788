"""Passwords: hashed by Argon2id, and as long to check for a name that is not there."""

from __future__ import annotations

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

LEAST: Final = 12
"""Least length in characters; NIST SP 800-63B asks for length, and for no rules of composition."""
MOST: Final = 256


class Passwords:
    """Hashes and checks; takes tens of milliseconds on purpose, so call it off the event loop."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = PasswordHasher() if hasher is None else hasher
        # Nobody has this password; checking against it takes as long as checking a real one.
        self._nobody = self._hasher.hash("nobody signs in with this password")

    def hashed(self, password: str) -> str:
        """Return what is kept of a password."""
        return self._hasher.hash(password)

    def holds(self, kept: str | None, password: str) -> bool:
        """Tell whether a password is the one; None stands for no such account, and takes as long."""
        try:
            fits = self._hasher.verify(self._nobody if kept is None else kept, password)
        except (VerificationError, InvalidHashError):
            return False
        return fits and kept is not None

    def is_dated(self, kept: str) -> bool:
        """Tell whether a password was hashed with less work than is usual now."""
        return self._hasher.check_needs_rehash(kept)


def flaw(password: str, name: str) -> str:
    """Say why a password is not taken; empty where it is.

    >>> flaw("erika-erika", "erika")
    'a password has 12 to 256 characters; this one has 11'
    """
    if not LEAST <= len(password) <= MOST:
        return f"a password has {LEAST} to {MOST} characters; this one has {len(password)}"
    if name.casefold() in password.casefold():
        return "a password does not hold the name of its account"
    return "" if len(set(password)) > 3 else "a password has more than three different characters"
