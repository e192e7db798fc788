"""The virtual benchmark runs the site that its goal asks for, and its stopwatches do not count twice."""

from __future__ import annotations

import asyncio

import pytest

from aios.site import site_of
from benchmarks import bench_virtual
from benchmarks.bench_virtual import Shares, site_text


def test_the_site_of_the_benchmark_is_nord_with_a_second_for_its_tick() -> None:
    site = site_of(site_text())
    writing = site.point("bat1/active_power_setpoint").writing
    assert writing is not None
    assert (site.base_tick_s, writing.renew_s) == (1.0, 10.0)
    assert {loop.agent: loop.period_s for loop in site.loops} == {
        "shaver": 1.0, "health": 60.0, "forecast": 900.0,
    }  # fmt: skip


def test_a_nord_that_has_changed_is_an_error_and_not_another_benchmark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bench_virtual, "_CHANGES", (("base_tick_s = 61.0", "base_tick_s = 1.0"),))
    with pytest.raises(ValueError, match="0 lines"):
        site_text()


class Parts:
    """An outer part that calls an inner one."""

    def __init__(self, clock: list[float]) -> None:
        self.clock = clock

    def inner(self) -> None:
        self.clock[0] += 3.0

    async def outer(self) -> str:
        self.clock[0] += 2.0
        self.inner()
        return "done"


def test_a_part_costs_what_it_takes_without_the_parts_inside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, shares = [0.0], Shares()
    monkeypatch.setattr(bench_virtual.time, "perf_counter", lambda: clock[0])
    parts = Parts(clock)
    shares.watch(parts, "inner", "inner")
    shares.watch(parts, "outer", "outer")
    assert asyncio.run(parts.outer()) == "done"
    assert dict(shares.seconds) == {"inner": 3.0, "outer": 2.0}
