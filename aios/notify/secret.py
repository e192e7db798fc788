"""Secrets of notification: named by a file or by a credential of systemd, read when they are used."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

CREDENTIAL: Final = "credential:"
"""How the name of a credential begins (systemd.exec(5), CREDENTIALS)."""


def secret_of(named: str, home: Path, environment: Mapping[str, str] = os.environ) -> str:
    """Return the first line of a named secret.

    Args:
        named: a file, seen from `home` where it is not absolute, or `credential:NAME`.
        home: folder of the site file.
        environment: variables of the process.

    Raises:
        OSError: it is not there, or empty; the words name the file and not what is in it.
    """
    path = home / named
    if named.startswith(CREDENTIAL):
        path = Path(environment.get("CREDENTIALS_DIRECTORY", "")) / Path(named.removeprefix(CREDENTIAL)).name
    with path.open(encoding="utf-8", errors="strict") as file:
        line = file.readline().rstrip("\r\n")
    if not line:
        raise FileNotFoundError(f"the file of the secret {named} has no line in it")
    return line
