"""What is said to systemd: well-formed datagrams, and food for the watchdog from completed ticks only."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kernel.shell import systemd
from kernel.shell.systemd import Notifier, WatchdogFeed, slowest_tick_s


@pytest.fixture(params=["path", "abstract"])
def listener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = f"@aios-{uuid.uuid4().hex}" if request.param == "abstract" else str(tmp_path / "n")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind("\0" + name[1:] if name.startswith("@") else name)
        heard.setblocking(False)  # noqa: FBT003
        yield heard, name


def words(heard: socket.socket) -> dict[str, str]:
    return dict(line.split("=", 1) for line in heard.recv(4096).decode().splitlines())


def test_ready_names_the_process_and_its_status(listener: tuple[socket.socket, str]) -> None:
    heard, name = listener
    Notifier({"NOTIFY_SOCKET": name}).ready("nord, 14 devices")
    assert words(heard) == {"READY": "1", "MAINPID": str(os.getpid()), "STATUS": "nord, 14 devices"}


def test_a_reload_carries_the_monotonic_time_that_systemd_compares(
    listener: tuple[socket.socket, str],
) -> None:
    heard, name = listener
    before = systemd.stopwatch_ns() // 1000
    Notifier({"NOTIFY_SOCKET": name}).reloading()
    said = words(heard)
    assert said["RELOADING"] == "1"
    assert before <= int(said["MONOTONIC_USEC"]) <= systemd.stopwatch_ns() // 1000


def test_where_nobody_listens_nothing_is_said_and_nothing_fails(tmp_path: Path) -> None:
    assert not Notifier({}).say(READY=1)
    assert not Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).say(READY=1)


def test_a_queue_that_is_full_does_not_stop_the_tick(listener: tuple[socket.socket, str]) -> None:
    _, name = listener
    notifier = Notifier({"NOTIFY_SOCKET": name})
    assert not all(notifier.say(STATUS="x" * 1000) for _ in range(10_000))


class Watch:
    """The stopwatch, by hand."""

    def __init__(self) -> None:
        self.now_ns = 10**15

    def __call__(self) -> int:
        return self.now_ns


def test_completed_ticks_feed_the_watchdog_every_third_of_its_period_at_most(
    listener: tuple[socket.socket, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard, name = listener
    watch = Watch()
    monkeypatch.setattr(systemd, "stopwatch_ns", watch)
    feed = WatchdogFeed(Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3000000"}))
    nothing: Any = None
    fed = 0
    for _ in range(100):  # ten seconds of ticks
        feed.heard(nothing, nothing)
        try:
            assert words(heard) == {"WATCHDOG": "1"}
            fed += 1
        except BlockingIOError:
            pass
        watch.now_ns += 100_000_000
    assert fed == 10


@pytest.mark.parametrize(
    ("environment", "us"),
    [
        ({"WATCHDOG_USEC": "5000000"}, 5_000_000),
        ({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": str(os.getpid())}, 5_000_000),
        ({"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": "1"}, 0),
        ({}, 0),
    ],
    ids=["for whoever reads it", "for this process", "for another process", "none set"],
)
def test_a_watchdog_is_fed_by_the_process_that_it_watches(environment: dict[str, str], us: int) -> None:
    notifier = Notifier(environment)
    assert notifier.watchdog_us == us
    assert slowest_tick_s(notifier) == (us / 2e6 if us else float("inf"))
