"""A Sparkplug B host that is not ours, made with pysparkplug, in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract.check_historian_mqtt import PATIENCE_S

ROOT = Path(__file__).parents[2]
INTEROP = ROOT / ".venv-interop"


class OtherHost:
    """The host application made with pysparkplug, as a child process."""

    def __init__(self, port: int) -> None:
        if not (INTEROP / ".stamp").exists():
            pytest.fail(f"{INTEROP.name} is missing: run `make {INTEROP.name}/.stamp`, as `make test` does")
        program = ROOT / "tests" / "contract" / "sparkplug_host.py"
        self.process = subprocess.Popen(
            [sys.executable, str(program), str(port)],
            env={**os.environ, "PYTHONPATH": str(INTEROP)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def next(self, kind: str, device: str | None = None) -> dict:
        """The next message of a kind, as the other implementation understood it."""
        for line in self.process.stdout:
            heard = json.loads(line)
            if heard["kind"] == kind and (device is None or heard["device"] == device):
                return heard
        pytest.fail(f"the other host ended with {self.process.wait()}")

    def __enter__(self) -> "OtherHost":
        self.next("listening")
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(PATIENCE_S)
        self.process.stdout.close()
