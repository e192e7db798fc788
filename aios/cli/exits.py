"""Exit codes: the same in every command, and listed in docs/cli.md."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit code means."""

    OK = 0
    FINDINGS = 1
    """The command worked and found something wrong: mistakes in a file, differences in a replay."""
    USAGE = 2
    """The command line was wrong."""
    NOT_THERE = 3
    """A file, gateway or command id that was named does not exist."""
    FAILED = 4
    """It could not be done; the message says why."""
