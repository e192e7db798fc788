"""Answers that took no time are counted together as they are one by one."""

import pytest

from drivers.modbus.profile import MEMORY, Profile


@pytest.mark.parametrize("slow", [(), (0.02, 0.5)], ids=["never slow", "slow before"])
def test_answers_at_once_count_as_they_do_one_by_one(slow):
    together, one_by_one = Profile(), Profile()
    for profile in (together, one_by_one):
        for took_s in slow:
            profile.answered(took_s)
    for count in (0, 1, 7, MEMORY - 20, 3, 9, 2 * MEMORY + 5, 4):
        together.answered_at_once(count)
        for _ in range(count):
            one_by_one.answered(0.0)
        assert together.traffic() == one_by_one.traffic()
        assert together.mean_s == one_by_one.mean_s
        assert together.latency.count == one_by_one.latency.count
