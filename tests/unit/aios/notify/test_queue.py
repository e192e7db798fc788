"""The queue doubles nothing through a restart, sums up a flood, and is bounded."""

from __future__ import annotations

from pathlib import Path

import pytest

from aios.notify.message import About, Message
from aios.notify.queue import Queue, summary

S = 1_000_000_000


def message(name: str, priority: int = 2) -> Message:
    return Message(
        id=name, about=About.ALARM, site="nord", priority=priority, at_ns=0, title=f"alarm {name}", text=""
    )


def opened(folder: Path, *, most: int = 5, waiting: int = 1000, channels=("webhook",)) -> Queue:
    return Queue(folder / "q.sqlite", channels, most=most, within_s=60.0, waiting=waiting)


def drained(queue: Queue, channel: str = "webhook", *, now_ns: int = 0) -> list[str]:
    found = []
    while (one := queue.due(channel, now_ns=now_ns)) is not None:
        found.append(one.message.id)
        queue.strike_off(one)
    return found


@pytest.fixture
def queue(tmp_path: Path):
    made = opened(tmp_path)
    yield made
    made.close()


def test_what_stands_is_told_once_however_often_it_is_seen(queue: Queue):
    for now_ns in range(4):
        queue.take([message("a"), message("b")], now_ns=now_ns)
    assert drained(queue, now_ns=S) == ["a", "b"]


def test_a_restart_doubles_nothing_and_loses_nothing(tmp_path: Path):
    first = opened(tmp_path)
    first.take([message("a"), message("b")], now_ns=0)
    one = first.due("webhook", now_ns=0)
    first.strike_off(one)
    first.close()
    second = opened(tmp_path)
    second.take([message("a"), message("b"), message("c")], now_ns=1)
    assert drained(second, now_ns=1) == ["b", "c"]
    second.close()


def test_one_that_was_delivered_and_not_struck_off_comes_again_under_its_id(tmp_path: Path):
    first = opened(tmp_path)
    first.take([message("a")], now_ns=0)
    assert first.due("webhook", now_ns=0).message.id == "a"
    first.close()
    second = opened(tmp_path)
    assert drained(second) == ["a"]
    second.close()


def test_every_channel_gets_its_own(tmp_path: Path):
    queue = opened(tmp_path, channels=("webhook", "mail"))
    queue.take([message("a")], now_ns=0)
    assert drained(queue, "mail") == drained(queue, "webhook") == ["a"]
    queue.close()


def test_what_is_put_back_waits_and_the_rest_goes_on(queue: Queue):
    queue.take([message("a", 1), message("b", 2)], now_ns=0)
    queue.put_back(queue.due("webhook", now_ns=0), due_ns=9 * S)
    assert drained(queue, now_ns=S) == ["b"]
    again = queue.due("webhook", now_ns=9 * S)
    assert (again.message.id, again.tries) == ("a", 1)


def test_a_flood_is_one_summary_that_tells_how_many_and_the_most_urgent(queue: Queue):
    queue.take([message(f"m{n}", 3) for n in range(4)], now_ns=0)
    queue.take([message(f"n{n}", 1 if n == 700 else 2) for n in range(1000)], now_ns=S)
    assert len(drained(queue, now_ns=S)) == 5
    queue.take([message("late")], now_ns=30 * S)
    assert drained(queue, now_ns=59 * S) == []
    queue.take((), now_ns=61 * S)
    (one,) = [queue.due("webhook", now_ns=61 * S)]
    assert one.message.about is About.SUMMARY
    assert "1000 more messages: 1000 x alarm" in one.message.title
    assert one.message.priority == 2
    queue.strike_off(one)
    assert drained(queue, now_ns=10**6 * S) == []


def test_of_a_flood_that_does_not_end_only_the_number_is_kept(queue: Queue):
    for wave in range(3):
        queue.take([message(f"{wave}-{n}") for n in range(1500)], now_ns=wave)
    drained(queue, now_ns=3)
    queue.take((), now_ns=61 * S)
    title = queue.due("webhook", now_ns=61 * S).message.title
    assert "4495 more messages: 2000 x alarm, 2495 others" in title


def test_the_most_urgent_of_a_flood_goes_alone(queue: Queue):
    queue.take([message(f"n{n}", 1 if n == 700 else 2) for n in range(1000)], now_ns=0)
    assert drained(queue)[0] == "n700"


def test_a_summary_that_waits_survives_a_restart(tmp_path: Path):
    first = opened(tmp_path, most=1)
    first.take([message("a"), message("b"), message("c")], now_ns=0)
    first.close()
    second = opened(tmp_path, most=1)
    second.take([message("b"), message("c")], now_ns=S)
    assert drained(second, now_ns=61 * S) == ["a", "summary:b"]
    second.close()


def test_the_oldest_of_the_lowest_priority_gives_way_where_too_many_wait(tmp_path: Path):
    queue = opened(tmp_path, most=100, waiting=3)
    queue.take([message("low", 3), message("high", 1)], now_ns=0)
    queue.take([message("x"), message("y")], now_ns=1)
    assert queue.dropped("webhook") == 1
    assert drained(queue, now_ns=1) == ["high", "x", "y"]
    queue.close()


def test_the_file_belongs_to_its_owner(queue: Queue, tmp_path: Path):
    assert (tmp_path / "q.sqlite").stat().st_mode & 0o077 == 0


def test_a_summary_names_ten_at_the_most():
    assert len(summary([message(f"{n}") for n in range(50)]).text.splitlines()) == 10
