"""Across a reload the journal ends nothing that goes on; across a restart it ends all that was open."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import pytest

from aios.folder import Folder
from aios.gateway.compose import Assembly, Surroundings, assemble, bundle_of
from aios.gateway.past import past_of
from aios.gateway.take_over import Before
from aios.site import site_of
from aios.testing.small_site import CLOSE, KEEPING, POSITION, TEXT, small_site
from drivers.modbus.link import Link
from edge.door import Door
from kernel.command import Command, Sent
from kernel.instruction import Approval
from kernel.journal.commands import CommandJournal
from kernel.ports import GateRequest
from kernel.quality import GOOD, INVALID
from kernel.question import QuestionChange
from kernel.request import Requested
from kernel.shell.clock import VirtualClock
from kernel.shell.kernel import step_buses
from kernel.shell.wire import Accepted, Instruct, PutRequest
from kernel.shell.worker import InlineWorkers
from kernel.site import Site
from kernel.testing import FakeDriver
from kernel.verdict import Allow, Ask, Judgement, Verdict

S: Final = 10**9
BEGAN: Final = 1_700_000_000 * S
OTHER: Final = TEXT.replace('title = "The site of the simulations"', 'title = "Reloaded"')
OTHER_METER: Final = TEXT.replace("high = 5000.0", "high = 4999.0")
"""The meter, which policy saw when it asked, means something else."""


@dataclass
class AskingGate:
    """Asks a person about every set-point but 0, and permits what was approved."""

    revision: str

    async def judge(self, request: GateRequest) -> Judgement:
        def verdict(command: Command) -> Verdict:
            is_asked = command.point == KEEPING and command.value != 0.0
            if not is_asked or request.approvals.get(command.id):
                return Allow(revision=self.revision)
            return Ask(rule="ask", reason="a person decides", revision=self.revision, holds_s=600.0)

        return Judgement(revision=self.revision, verdicts={c.id: verdict(c) for c in request.commands})

    async def close(self) -> None:
        pass


class NumberedDriver(FakeDriver):
    """A fake device that holds the number of the last write in its sequence register."""

    async def write(self, command: Command) -> Sent:
        writing = small_site().point(command.point).writing
        if writing is not None and writing.sequence and command.sequence is not None:
            self.values[writing.sequence] = float(command.sequence)
        return await super().write(command)


@dataclass
class House:
    """What stays from one life of a gateway to the next: its folder, its clock, and its devices."""

    folder: Folder
    clock: VirtualClock
    devices: dict[str, NumberedDriver] = field(default_factory=dict)

    def life(self, run: str, text: str = TEXT, before: Before | None = None) -> Life:
        site = site_of(text)
        around = Surroundings(
            clock=self.clock,
            gate=AskingGate(bundle_of(site).revision),
            workers=InlineWorkers({}, past_of(site, self.folder.root, self.clock.now_ns()), self.clock),
            link=_no_link,
            threaded=False,
            run=run,
            loops=lambda _: (),
            before=before,
        )
        assembly = assemble(site, text, self.folder, around)
        for bus in assembly.buses:
            made = NumberedDriver(bus.driver.name, site, bus.driver.points, self.clock)
            bus.driver = self.devices.setdefault(made.name, made)
        return Life(self, site, assembly, Door(assembly.kernel))

    def journalled(self, kind: str) -> list[str]:
        journal = CommandJournal(self.folder.commands, read_only=True)
        try:
            return [entry.body for entry in journal.entries() if entry.kind == kind]
        finally:
            journal.close()

    def written(self, point: str = KEEPING) -> list[float]:
        writes = [command for device in self.devices.values() for command in device.writes]
        return [command.value for command in writes if command.point == point]

    def questions(self) -> list[str]:
        told = [msgspec.json.decode(body, type=QuestionChange) for body in self.journalled("question")]
        return [one.question.stage.value for one in told]

    def requests(self) -> list[str]:
        return [msgspec.json.decode(body, type=Requested).stage.value for body in self.journalled("request")]


@dataclass
class Life:
    """A gateway from its start to its end."""

    house: House
    site: Site
    assembly: Assembly
    door: Door

    async def tick(self, times: int = 1) -> None:
        for _ in range(times):
            await self.house.clock.sleep_until(self.house.clock.now_ns() + S)
            await step_buses(self.assembly.buses)
            await self.assembly.kernel.tick()

    async def wish(self, point: str, value: float) -> None:
        asked = PutRequest(key="k", point=point, value=value, person="anna", reason="r", validity_s=3000.0)
        assert isinstance(await self.door.put(asked), Accepted)

    async def answer(self, *, granted: bool) -> None:
        (question,) = self.assembly.kernel.state.asked.values()
        told = Approval(
            key="a", person="ben", role="OPERATOR", reason="seen", at_ns=0, asked=question.id, granted=granted
        )
        assert isinstance(await self.door.instruct(Instruct(instruction=told)), Accepted)

    def end(self) -> Before:
        self.assembly.kernel.close()
        self.assembly.close()
        return Before(self.site, self.assembly.kernel.state)


def _no_link(_: str) -> Link | None:
    return None


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(Folder(root=tmp_path), VirtualClock(start_ns=BEGAN))


async def asked(house: House) -> Before:
    """A gateway that has asked people about a person's wish."""
    life = house.life("first")
    await life.tick(2)
    await life.wish(KEEPING, 40.0)
    await life.tick(2)
    before = life.end()
    assert house.questions() == ["asked"]
    assert house.requests() == ["taken", "asked"]
    return before


async def test_an_open_question_goes_on_across_a_reload_and_an_approval_lets_the_command_through(
    house: House,
) -> None:
    life = house.life("second", OTHER, await asked(house))
    await life.tick(5)
    assert house.questions() == ["asked"], "neither ended nor asked a second time"
    assert house.requests() == ["taken", "asked"]
    assert house.written() == [0.0], "a wish that waits for people is not written"
    await life.answer(granted=True)
    await life.tick(3)
    assert house.written() == [0.0, 40.0]
    life.end()
    assert house.questions() == ["asked", "approved", "operated"]
    assert house.requests() == ["taken", "asked", "permitted"]


async def test_a_wish_that_was_answered_with_no_is_not_asked_about_again_after_a_reload(house: House) -> None:
    first = house.life("second", OTHER, await asked(house))
    await first.tick()
    await first.answer(granted=False)
    await first.tick(2)
    second = house.life("third", TEXT, first.end())
    await second.tick(5)
    second.end()
    assert house.questions() == ["asked", "rejected"]
    assert house.written() == [0.0]


async def waiting(house: House) -> Before:
    """A gateway that cannot yet do what a person requested: nobody sees where the breaker stands."""
    life = house.life("first")
    house.devices["breaker"].quality[POSITION] = INVALID
    await life.tick(2)
    await life.wish(CLOSE, 1.0)
    await life.tick(2)
    assert house.requests() == ["taken"]
    return life.end()


async def test_a_request_that_stands_is_followed_across_a_reload(house: House) -> None:
    life = house.life("second", OTHER, await waiting(house))
    await life.tick(2)
    assert house.requests() == ["taken"], "neither ended nor done"
    house.devices["breaker"].quality[POSITION] = GOOD
    await life.tick(3)
    life.end()
    assert house.requests() == ["taken", "permitted"]
    assert house.written(CLOSE) == [1.0]


async def test_a_request_that_stood_has_ended_after_a_restart_and_is_not_done(house: House) -> None:
    await waiting(house)
    house.devices["breaker"].quality[POSITION] = GOOD
    life = house.life("second")
    await life.tick(3)
    life.end()
    assert house.requests() == ["taken", "expired"]
    assert house.written(CLOSE) == []


async def test_after_a_restart_what_was_open_has_ended(house: House) -> None:
    await asked(house)
    life = house.life("second", OTHER)
    await life.tick(3)
    life.end()
    assert house.questions() == ["asked", "expired"]
    assert house.requests() == ["taken", "asked", "expired"]
    assert house.written() == [0.0]


async def test_a_question_about_readings_that_mean_something_else_ends_with_its_wish(house: House) -> None:
    life = house.life("second", OTHER_METER, await asked(house))
    await life.tick(3)
    life.end()
    assert house.questions() == ["asked", "expired"]
    assert house.requests() == ["taken", "asked", "expired"]
