"""An access file with three people, under a clock that the test moves; passwords cost next to nothing."""

from __future__ import annotations

from pathlib import Path

from argon2 import PasswordHasher

from aios.access.access import Access
from aios.access.database import open_database
from aios.access.identity import Role
from aios.access.passwords import Passwords
from aios.access.sessions import SessionLimits

START_NS = 1_800_000_000_000_000_000
MINUTE_NS = 60_000_000_000
PASSWORD = "seven grey herons"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """Nanoseconds since 1970 that stand still until the test moves them."""

    def __init__(self) -> None:
        self.now_ns = START_NS

    def __call__(self) -> int:
        return self.now_ns

    def on(self, *, s: float = 0.0, minutes: float = 0.0) -> int:
        self.now_ns += round(s * 1e9 + minutes * MINUTE_NS)
        return self.now_ns


def people(folder: Path, limits: SessionLimits | None = None) -> Access:
    """Erika operates nord, Anton audits everything, Sven keeps the accounts of nord."""
    access = empty(folder, limits)
    kept = access.passwords.hashed(PASSWORD)
    for name, role, site in (
        ("erika", Role.OPERATOR, "nord"),
        ("anton", Role.AUDITOR, "*"),
        ("sven", Role.SECADM, "nord"),
    ):
        access.accounts.add(name, kept, roles=[role], sites=[site], now_ns=START_NS)
    return access


def empty(folder: Path, limits: SessionLimits | None = None) -> Access:
    """An access file without anybody."""
    return Access(open_database(folder / "access.db"), passwords=Passwords(QUICK), limits=limits)
