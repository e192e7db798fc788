"""A scan says who answers, whatever the answer is, and asks each unit gently."""

import asyncio

import pytest

from aios.devices.gentle import GentleLink, ReadOnly
from aios.devices.scan import scan, units_of
from drivers.modbus.entry import Table
from drivers.modbus.link import BadEcho, DeviceException, LinkDown, NoAnswer


class Line:
    """A line with some units; what each does is scripted."""

    def __init__(self, said: dict[int, object]) -> None:
        self.said = said
        self.asked: list[tuple[int, Table]] = []
        self.written = 0

    async def open(self) -> None: ...
    async def ready(self, unit: int | None = None) -> None: ...
    async def close(self) -> None: ...

    async def read(self, unit, table, address, count):
        self.asked.append((unit, table))
        answer = self.said.get(unit, NoAnswer("nothing"))
        if isinstance(answer, Exception):
            raise answer
        return [answer]

    async def write(self, *_) -> None:
        self.written += 1


async def found(said: dict[int, object], units=range(1, 6)):
    return await scan(Line(said), units, target="here", tell=lambda _: None)


async def test_units_that_answer_refuse_or_babble_are_there_and_others_are_not():
    seen = await found({1: 42, 2: DeviceException(2), 3: DeviceException(11), 4: BadEcho("wrong")})
    assert [(one.unit, one.answer) for one in seen.found] == [
        (1, "holding 0 is 42"),
        (2, "exception 2, illegal data address"),
        (4, "something that is no answer: wrong"),
    ]
    assert (seen.asked, seen.note) == (5, "")


async def test_a_device_that_does_not_look_at_the_unit_is_one_device():
    seen = await found(dict.fromkeys(range(1, 6), 7))
    assert seen.note.startswith("every unit answers")


async def test_nobody_at_the_place_itself_ends_it():
    class Gone(Line):
        async def ready(self, unit: int | None = None) -> None:
            raise LinkDown("refused")

    with pytest.raises(LinkDown):
        await scan(Gone({1: LinkDown("x")}), [1], target="here", tell=lambda _: None)


@pytest.mark.parametrize("text", ["0", "248", "1-300", "", "a"])
def test_units_that_no_device_can_have_are_a_mistake(text):
    with pytest.raises(ValueError, match=r"units are|invalid literal"):
        units_of(text)


async def test_a_gap_lies_between_two_requests():
    line = Line({1: 1})
    link = GentleLink(line, gap_s=0.03)
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    for _ in range(3):
        await link.read(1, Table.HOLDING, 0, 1)
    assert loop.time() - begun_s >= 0.06
    assert link.requests == 3


async def test_a_gentle_link_never_writes():
    line = Line({})
    with pytest.raises(ReadOnly, match="nothing is written past the gate"):
        await GentleLink(line).write(1, Table.HOLDING, 5, [1])
    assert line.written == 0
