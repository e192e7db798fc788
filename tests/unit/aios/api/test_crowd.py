"""The crowd before the desk is bounded, and who has asked nothing makes room for who comes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from aios.api.crowd import ENDING, Crowd

HERE, THERE = "192.0.2.1", "192.0.2.2"


class Doorway:
    """A crowd of real sockets at invented addresses."""

    def __init__(self, stack: ExitStack, **bounds: int) -> None:
        self.crowd, self.stack = Crowd(files=4096, **bounds), stack
        self.ends: dict[tuple[str, int], tuple[socket.socket, socket.socket]] = {}

    def come(self, address: str, port: int) -> bool:
        ours, theirs = (self.stack.enter_context(one) for one in socket.socketpair())
        ours.settimeout(0.0)
        theirs.settimeout(0.0)
        self.ends[address, port] = (ours, theirs)
        return self.crowd.let_in((address, port), ours)

    def is_sent_away(self, address: str, port: int) -> bool:
        try:
            return self.ends[address, port][1].recv(1) == b""
        except BlockingIOError:
            return False

    def go(self, address: str, port: int) -> None:
        self.crowd.gone((address, port), self.ends[address, port][0])


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def test_the_oldest_that_has_asked_nothing_goes_first(stack: ExitStack) -> None:
    door = Doorway(stack, in_all=8, of_one=3)
    assert all(door.come(HERE, port) for port in range(3))
    door.crowd.asked((HERE, 0))
    assert door.come(HERE, 3)
    assert [door.is_sent_away(HERE, port) for port in range(4)] == [False, True, False, False]


def test_who_has_asked_keeps_a_place_and_one_too_many_is_refused(stack: ExitStack) -> None:
    door = Doorway(stack, in_all=8, of_one=3)
    for port in range(3):
        assert door.come(HERE, port)
        door.crowd.asked((HERE, port))
    assert not door.come(HERE, 3)
    door.go(HERE, 1)
    assert door.come(HERE, 4)


def test_one_address_does_not_fill_the_house(stack: ExitStack) -> None:
    door = Doorway(stack, in_all=8, of_one=100)
    came = [door.come(HERE, port) for port in range(6)]
    for port in range(6):
        door.crowd.asked((HERE, port))
    assert came == [True] * 6
    assert not door.come(HERE, 6)
    assert door.come(THERE, 0)


def test_in_all_there_are_never_more_than_the_bound(stack: ExitStack) -> None:
    door = Doorway(stack, in_all=4, of_one=4)
    for number in range(4):
        assert door.come(f"192.0.2.{number}", 1)
    assert door.come(THERE, 9)
    assert door.is_sent_away("192.0.2.0", 1)


def test_nobody_is_accepted_before_those_sent_away_are_closed(stack: ExitStack) -> None:
    door = Doorway(stack, in_all=8, of_one=2)
    for port in range(ENDING + 2):
        assert door.come(HERE, port)
    assert door.crowd.is_ending_many
    door.go(HERE, 0)
    assert not door.crowd.is_ending_many


def test_a_reserve_of_file_descriptors_is_left() -> None:
    assert (Crowd(files=100)._in_all, Crowd(files=4096)._in_all) == (36, 512)
    assert Crowd(files=4096)._of_one >= 20 * 6
