"""A password comes by prompt or on standard input, never on the command line: others read those."""

from __future__ import annotations

import getpass
import sys

from aios.cli.exits import Exit
from aios.cli.out import end


def ask_password(name: str) -> str:
    """Return a password that is fit for an account; ask twice where somebody types it."""
    from aios.access.passwords import flaw

    if sys.stdin.isatty():
        password = getpass.getpass(f"password of {name}: ")
        if getpass.getpass("once more: ") != password:
            end(Exit.FAILED, "the two passwords differ; nothing was changed")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if why := flaw(password, name):
        end(Exit.FINDINGS, why)
    return password
