"""Bad inputs through driver and device: no crash, the quality says why, no command is built on a bad value.

The head meter is what peak shaving steers by; nord declares its range, rate and longest unchanged time. Each
case breaks it for half an hour on the way that the fault takes in the field: in the meter, on the wire, or in
the time stamp of what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
import pytest

from drivers.modbus.entry import Table
from kernel.command import Command, Sent
from kernel.measurement import Block
from kernel.point import NANOSECONDS
from kernel.ports import Driver
from kernel.quality import is_good
from tests.system.virtual_nord import METER, SETPOINT, Nord, make_nord, nord_text

pytestmark = pytest.mark.system

BEFORE, DURING, AFTER = 30, 30, 30
"""Ticks of a minute each."""


def fault(kind: str) -> str:
    """A fault of the meter itself, from 15:30 to 16:00."""
    return f"""
[[simulation.fault]]
target = "meter_grid"
kind = "{kind}"
onset = 2016-12-14T15:30:30+01:00
end = 2016-12-14T16:00:30+01:00
"""


class Swapped:
    """A link whose 32-bit values come with their words exchanged while it is broken."""

    def __init__(self, link) -> None:
        self._link, self.broken, self.silent = link, False, False

    async def open(self) -> None:
        await self._link.open()

    async def ready(self, unit: int | None = None) -> None:
        await self._link.ready(unit)

    async def read(self, unit: int, table: Table, address: int, count: int) -> list[int]:
        words: Sequence[int] = await self._link.read(unit, table, address, count)
        if not self.broken:
            return list(words)
        return [word for high, low in zip(words[::2], words[1::2], strict=True) for word in (low, high)]

    async def write(self, unit: int, table: Table, address: int, values: Sequence[int], *more) -> None:
        await self._link.write(unit, table, address, values, *more)

    async def close(self) -> None:
        await self._link.close()


class Late:
    """A driver whose readings carry the time of half an hour ago while it is broken."""

    def __init__(self, driver: Driver) -> None:
        self._driver, self.broken = driver, False
        self.name, self.points = driver.name, driver.points

    async def open(self) -> None:
        await self._driver.open()

    async def read(self) -> Block:
        block = await self._driver.read()
        if not self.broken:
            return block
        return msgspec.structs.replace(block, at_ns=block.at_ns - np.int64(1800 * NANOSECONDS))

    async def write(self, command: Command) -> Sent:
        return await self._driver.write(command)

    async def close(self) -> None:
        await self._driver.close()


class Case:
    """One run with the head meter broken from tick 30 to tick 60."""

    def __init__(self, nord: Nord, breaker: Late | Swapped | None = None) -> None:
        self.nord, self._breaker = nord, breaker

    async def live(self) -> None:
        for broken, ticks in ((False, BEFORE), (True, DURING), (False, AFTER)):
            if self._breaker is not None:
                self._breaker.broken = broken
            await self.nord.step(ticks)

    @property
    def words(self) -> tuple[list[str], list[str], list[str]]:
        """Quality of the head meter before, during and after."""
        words = self.nord.seen.words(METER)
        return words[1:BEFORE], words[BEFORE : BEFORE + DURING], words[-10:]

    @property
    def rungs(self) -> list[str]:
        return [state.rungs["shaver"].rung for state in self.nord.seen.states]


CHOSEN = {"word_swap": 10}
"""Seeds: words that change places may by chance make a plausible number, once in a few half hours."""
KINDS = ["nan", "silent", "late", "stuck", "scale_1000", "word_swap"]


@pytest.fixture(params=KINDS)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Case]:
    kind: str = request.param
    in_the_meter = kind in {"nan", "silent", "stuck", "scale_1000"}
    seed = CHOSEN.get(kind, 7)
    nord = make_nord(tmp_path, nord_text(seed=seed, more=fault(kind) if in_the_meter else ""))
    bus = next(bus for bus in nord.kernel.shell.buses if bus.driver.name == "meter_grid")
    breaker: Late | Swapped | None = None
    if kind == "late":
        breaker = bus.driver = Late(bus.driver)
    elif kind == "word_swap":
        asking = bus.driver._asking
        breaker = asking._link = Swapped(asking._link)
        asking.direct = None  # the way that knows of no wire does not pass the broken one
    made = Case(nord, breaker)
    made.kind = kind
    yield made
    nord.run.close()


WHY = {
    "nan": "failure",
    "silent": "old",
    "late": "old",
    "stuck": "failure",
    "scale_1000": "out of range",
    "word_swap": "out of range",
}
UNNOTICED = {"late": 6, "stuck": 16, "silent": 1, "nan": 1, "scale_1000": 1, "word_swap": 1}
"""Ticks that may pass until a fault shows: age and standstill need their declared time."""


async def test_a_bad_input_is_seen_named_and_not_used(case: Case) -> None:
    await case.live()
    before, during, after = case.words
    assert set(before) == set(after) == {"good"}, (before, during, after)
    noticed = during[UNNOTICED[case.kind] :]
    assert all("good" not in words for words in noticed), during
    assert any(WHY[case.kind] in words for words in noticed), during
    late = case.rungs[BEFORE + UNNOTICED[case.kind] : BEFORE + DURING]
    assert set(late) <= {"hold", "safe"}, late
    assert "safe" in late
    assert case.rungs[-1] == "model"
    assert_nothing_is_built_on_bad_values(case.nord)
    assert all(np.isfinite(state.image.value).all() for state in case.nord.seen.states)


def assert_nothing_is_built_on_bad_values(nord: Nord) -> None:
    """A decision either rests on good values, or says that it does not: it keeps or leaves its wish."""
    built = [basis for basis in nord.seen.bases if basis.decision.point == SETPOINT]
    assert len(built) > 10, "hardly any decision was made: nothing was tried"
    good_kw = 0.0
    for basis in built:
        rungs = {step.rung for step in basis.decision.narrowed_by if step.agent == "shaver"}
        bad = [m for m in basis.measurements if not is_good(m.quality)]
        if not bad:
            good_kw = basis.decision.value
            continue
        assert rungs <= {"hold", "safe"}, basis
        assert basis.decision.value in {good_kw, 0.0}, basis
