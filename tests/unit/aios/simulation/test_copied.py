"""A copy of the process: what it returns comes back, what it does stays there, one that hangs is ended."""

import os
import signal
import time

import pytest

from aios.simulation.copied import NoCopy, in_a_copy


def test_what_a_copy_returns_comes_back_and_what_it_does_does_not():
    kept = {"here": 1}

    def work(sign):
        kept["there"] = os.getpid()
        return dict(kept)

    there = in_a_copy(work, shared={})
    assert there["there"] != os.getpid()
    assert kept == {"here": 1}


def test_what_both_have_is_not_sent():
    large = ["x"] * 3
    assert in_a_copy(lambda sign: {"large": large}, shared={"large": large})["large"] is large


def test_much_and_any_bytes_come_back_whole():
    sent = bytes(range(256)) * 4096
    assert in_a_copy(lambda sign: sent, shared={}) == sent


def fails(sign):
    raise LookupError("no such point")


@pytest.mark.parametrize("work", [fails, lambda sign: os._exit(0), lambda sign: (one for one in "abc")])
def test_a_copy_without_an_answer_is_told(work):
    with pytest.raises(NoCopy, match="before it had an answer"):
        in_a_copy(work, shared={})


def test_a_copy_that_gives_no_sign_of_life_is_ended():
    with pytest.raises(NoCopy, match="no sign of life"):
        in_a_copy(lambda sign: time.sleep(60), shared={}, patience_s=0.05)


def test_a_copy_that_gives_signs_of_life_is_waited_for():
    def slow(sign):
        for _ in range(6):
            time.sleep(0.03)
            sign()
        return "here"

    assert in_a_copy(slow, shared={}, patience_s=0.15) == "here"


def test_it_works_where_nobody_waits_for_children():
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert in_a_copy(lambda sign: 7, shared={}) == 7
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_where_there_is_no_room_for_a_process_it_is_told(monkeypatch):
    def full():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    with pytest.raises(NoCopy, match="temporarily unavailable"):
        in_a_copy(lambda sign: 1, shared={})


def test_no_copy_stays_behind(monkeypatch):
    fork, copies = os.fork, []
    monkeypatch.setattr(os, "fork", lambda: copies.append(fork()) or copies[-1])
    for _ in range(3):
        in_a_copy(lambda sign: None, shared={})
    assert len(copies) == 3
    for copy in copies:
        with pytest.raises(ChildProcessError):
            os.waitpid(copy, os.WNOHANG)
