"""A process that has loaded what all tests load, and forks for every run of some of them.

Half of the time of a fault would go into starting Python and loading libraries that no fault touches. Nothing
of this project is loaded before the fork: the fork reads it as the fault left it.

    python -P tests/planted/warm.py SECONDS    one line of JSON in, arguments of pytest; its exit code out
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

LONGEST_S: Final = 240.0
"""A fault that makes a test hang is noticed too; real seconds."""
HUNG: Final = -1
"""Instead of an exit code: the tests did not end."""
LIBRARIES: Final = (
    *("asyncio", "sqlite3", "ssl", "numpy", "msgspec", "hypothesis.strategies", "pytest", "pydantic"),
    *("structlog", "rich.console", "typer", "cryptography.x509", "fastapi", "httpx", "pymodbus.client"),
)
SAID: Final = ".said"
"""File in a tree with what the last run printed."""
_QUIETLY: Final = (
    *("-p", "no:cacheprovider", "-p", "no:schemathesis"),  # no fault names a test of the latter
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # what is loaded already is not ours
)


class Warm:
    """Runs tests in a tree, each time in a fork of one process."""

    def __init__(self, tree: Path, *, longest_s: float = LONGEST_S) -> None:
        """Start the process; it loads while its first run is prepared."""
        self._tree = tree
        path = os.pathsep.join([str(tree), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                __file__,
                str(longest_s),
            ],  # not as a part of the package: it may load nothing of it
            cwd=tree,
            env=os.environ | {"PYTHONPATH": path, "HYPOTHESIS_STORAGE_DIRECTORY": str(tree / ".hypothesis")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, tests: tuple[str, ...]) -> tuple[int, str]:
        """Return the exit code of pytest, or `HUNG`, and what it printed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(["-x", "-q", *_QUIETLY, *tests]) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return code, (self._tree / SAID).read_text(encoding="utf-8", errors="replace")

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            self._process.communicate()


def serve(longest_s: float) -> None:
    """Load, then fork for every line."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            _test(json.loads(line))
        print(_ended(child, longest_s), flush=True)


def _test(arguments: list[str]) -> None:
    """Run the tests in this process, which ends with them."""
    os.setsid()
    said = os.open(SAID, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for mine, number in ((nothing, 0), (said, 1), (said, 2)):
        os.dup2(mine, number)
    code = 1
    try:
        import pytest

        code = int(pytest.main(arguments))
        sys.stdout.flush()
    finally:
        os._exit(code)


def _ended(child: int, longest_s: float) -> int:
    """Return the exit code of a child; one that takes too long is ended with all that it started."""
    until_s = time.monotonic() + longest_s
    while time.monotonic() < until_s:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return abs(os.waitstatus_to_exitcode(status))
        time.sleep(0.01)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return HUNG


if __name__ == "__main__":
    serve(float(sys.argv[1]))
