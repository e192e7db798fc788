"""`aios proxy` serves until it is told to end, and counts what it did."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys

import pytest

pytestmark = pytest.mark.system


def started(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "aios", "proxy", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_it_carries_bytes_and_ends_in_order_at_ctrl_c():
    with socket.create_server(("127.0.0.1", 0)) as device:
        child = started("--to", f"127.0.0.1:{device.getsockname()[1]}", "--slice", "2")
        port = json.loads(child.stdout.readline())["port"]
        with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
            served, _ = device.accept()
            client.sendall(b"abcd")
            served.settimeout(5)
            got = b"".join(served.recv(2) for _ in range(2))
            served.close()
        child.send_signal(signal.SIGINT)
        told, errors = child.communicate(timeout=20)
        assert (got, child.returncode, errors) == (b"abcd", 0, "")
        assert "bytes to device 4" in told


@pytest.mark.parametrize(
    "options", [("--to", "no-port"), ("--to", "h:1", "--drop", "2"), ("--to", "h:1", "--direction", "up")]
)
def test_a_wrong_option_is_said_to_be_wrong(options: tuple[str, ...]):
    child = started(*options)
    _, errors = child.communicate(timeout=20)
    assert child.returncode == 2
    assert "Invalid value" in errors
