import socket
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.mqtt.broker import EmbeddedBroker, free_port

pytestmark = pytest.mark.system
LISTEN = "0A"
LOOPBACK_HEX = "0100007F"


def listening_addresses(port: int) -> set[str]:
    """Local addresses on which the machine listens at a port, as /proc/net/tcp writes them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, number = local.rpartition(":")
            if state == LISTEN and int(number, 16) == port:
                found.add(address)
    return found


def test_the_broker_listens_on_the_loopback_address_only():
    with EmbeddedBroker() as broker:
        assert listening_addresses(broker.port) == {LOOPBACK_HEX}


def test_a_stopped_broker_frees_its_port_and_may_be_stopped_again():
    broker = EmbeddedBroker()
    broker.start()
    port = broker.port
    broker.stop()
    broker.stop()
    assert listening_addresses(port) == set()
    assert broker.port == 0


def test_a_taken_port_is_an_error_when_it_was_asked_for():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises((OSError, RuntimeError)):
            EmbeddedBroker(port=taken.getsockname()[1]).start()


def test_the_broker_ends_with_its_parent_even_when_that_is_killed():
    port = free_port()
    program = (
        "import os, signal\n"
        "from drivers.mqtt.broker import EmbeddedBroker\n"
        f"EmbeddedBroker(port={port}).start()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # The broker holds the pipe of stderr: `run` returns when it, too, has ended.
    done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, timeout=30, check=False)
    assert done.returncode == -9
    assert listening_addresses(port) == set()
