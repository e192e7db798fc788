"""Qualities say in words what the bits say, and only plain good ones are for control."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kernel.quality import (
    BLOCKED,
    DETAILS,
    INVALID,
    QUESTIONABLE,
    SUBSTITUTED,
    TEST,
    UNUSABLE,
    describe,
    good_mask,
    is_good,
)


@pytest.mark.parametrize(("bit", "words"), DETAILS.items(), ids=DETAILS.values())
def test_every_detail_has_its_words(bit: int, words: str) -> None:
    assert describe(QUESTIONABLE | bit) == f"questionable ({words})"


def test_details_do_not_share_bits_with_each_other_or_with_the_validity() -> None:
    assert sum(DETAILS) == sum({*DETAILS}) == 0b11_1111_1111_1100


def test_the_mask_agrees_with_the_single_test_on_every_quality_there_is() -> None:
    every = np.arange(1 << 14, dtype=np.uint16)
    assert good_mask(every).tolist() == [is_good(int(one)) for one in every]


@pytest.mark.parametrize("bit", [INVALID, QUESTIONABLE, 2, SUBSTITUTED, TEST, BLOCKED])
def test_control_uses_nothing_invalid_doubtful_substituted_in_test_or_blocked(bit: int) -> None:
    assert not is_good(bit)


def test_the_mask_of_what_control_does_not_use_is_written_down_once() -> None:
    root = Path(__file__).parents[3]
    floors = ("kernel", "drivers", "policies", "simulators", "edge", "aios")
    texts = {path: path.read_text() for floor in floors for path in (root / floor).rglob("*.py")}
    spelt = [path.relative_to(root).as_posix() for path, text in texts.items() if "VALIDITY | SUBST" in text]
    assert spelt == ["kernel/quality.py"]
    assert all(is_good(one) is (one & UNUSABLE == 0) for one in range(1 << 14))
