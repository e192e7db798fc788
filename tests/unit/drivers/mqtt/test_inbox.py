import asyncio

import pytest

from drivers.mqtt.inbox import Inbox
from drivers.mqtt.message import IncomingMessage


def message(number: int) -> IncomingMessage:
    return IncomingMessage(topic="a", payload=b"%d" % number)


async def test_asking_for_the_next_acknowledges_the_one_before():
    done: list[object] = []
    inbox = Inbox("a", most=5, acknowledge=done.append)
    inbox.put(message(1), "one")
    inbox.put(message(2), "two")
    assert (await inbox.get()).payload == b"1"
    assert [one for one in done if one] == []
    assert (await inbox.get()).payload == b"2"
    assert [one for one in done if one] == ["one"]


async def test_a_full_inbox_drops_the_newest_counts_it_and_holds_nothing_back_for_it():
    done: list[object] = []
    inbox = Inbox("a", most=2, acknowledge=done.append)
    for number in range(3):
        inbox.put(message(number), number)
    assert (len(inbox), inbox.lost, done) == (2, 1, [2])
    assert (await inbox.get()).payload == b"0"


async def test_who_waits_is_woken():
    inbox = Inbox("a", most=2, acknowledge=lambda _: None)
    waiting = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    inbox.put(message(7), None)
    assert (await waiting).payload == b"7"


@pytest.mark.parametrize(
    ("topic", "heard", "matches"),
    [
        ("aios/nord/command", "aios/nord/command", True),
        ("aios/nord/command", "aios/nord/commands", False),
        ("aios/+/command", "aios/nord/command", True),
        ("aios/+/command", "aios/nord/x/command", False),
        ("aios/+", "aios/", True),
        ("aios/#", "aios", True),
        ("aios/#", "aios/a/b", True),
        ("aios/#", "aiosa", False),
        ("#", "anything/at all", True),
        ("a.c/+", "abc/1", False),
        ("+/+", "/", True),
    ],
)
def test_a_filter_matches_as_mqtt_says(topic, heard, matches):
    assert Inbox(topic, most=1, acknowledge=lambda _: None).matches(heard) is matches
