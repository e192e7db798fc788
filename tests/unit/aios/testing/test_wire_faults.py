"""What befalls a piece: each fault alone, and the same dice give the same."""

from __future__ import annotations

import random

import pytest

from aios.testing.wire_faults import WireFaults, disturb, slices

PIECE = bytes(range(40))


def dice() -> random.Random:
    return random.Random(7)


def test_without_faults_bytes_pass_as_they_came():
    done = disturb(WireFaults(), PIECE, dice())
    assert (done.content, done.delay_s, done.befell) == (PIECE, 0.0, ())


def test_a_flip_changes_one_bit():
    content = disturb(WireFaults(flip=1.0), PIECE, dice()).content
    assert sum((a ^ b).bit_count() for a, b in zip(content, PIECE, strict=True)) == 1


def test_garbage_comes_before_the_piece():
    content = disturb(WireFaults(garbage=1.0), PIECE, dice()).content
    assert content.endswith(PIECE)
    assert len(content) > len(PIECE)


@pytest.mark.parametrize("name", ["drop", "reset"])
def test_what_is_lost_leaves_nothing(name: str):
    done = disturb(WireFaults(**{name: 1.0}), PIECE, dice())
    assert (done.content, done.befell) == (b"", (name,))


def test_latency_and_jitter_and_lateness_add_up():
    done = disturb(WireFaults(latency_s=1.0, jitter_s=0.5, late=1.0, late_s=2.0), PIECE, dice())
    assert 3.0 <= done.delay_s <= 3.5


def test_the_same_dice_give_the_same_faults():
    faults = WireFaults(jitter_s=1.0, flip=0.3, garbage=0.3, drop=0.2, duplicate=0.2)
    one, other = dice(), dice()
    assert [disturb(faults, PIECE, one) for _ in range(50)] == [
        disturb(faults, PIECE, other) for _ in range(50)
    ]


def test_a_chance_draws_as_often_as_it_says():
    rolled = dice()
    fallen = sum("drop" in disturb(WireFaults(drop=0.25), PIECE, rolled).befell for _ in range(2000))
    assert 420 < fallen < 580


@pytest.mark.parametrize(("name", "amount"), [("drop", 1.5), ("flip", -0.1), ("latency_s", -1.0)])
def test_what_is_no_chance_or_no_time_is_refused(name: str, amount: float):
    with pytest.raises(ValueError, match=name):
        WireFaults(**{name: amount})


def test_slices_lose_nothing():
    assert b"".join(slices(PIECE, 7)) == PIECE
    assert max(map(len, slices(PIECE, 7))) == 7
