"""A running gateway takes another site file at a tick's end, refuses a bad one, and goes back."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aios.folder import Folder
from kernel.journal.commands import CommandJournal
from kernel.shell.socket import GatewayAway, connect
from kernel.shell.wire import Accepted, Answer, GetSnapshot, Rejected, Reload, Snapshot
from simulators.devices.inverter import Inverter
from tests.reliability.watched.hanging import WANTED_KW
from tests.reliability.watched.plant import stands, watched
from tests.reliability.watched.unit import Unit

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]


@dataclass
class Place:
    unit: Unit
    inverter: Inverter
    folder: Folder
    file: Path

    async def ask(self, request: Reload | GetSnapshot) -> Answer:
        client = await connect(self.folder.socket)
        try:
            return await client.ask(request)
        finally:
            await client.close()

    async def runs(self, digest: str, *, other: bool = False, within_s: float = 60.0) -> Snapshot:
        """Wait until the gateway runs by a digest, or by another one."""
        for _ in range(round(within_s / 0.05)):
            try:
                said = await self.ask(GetSnapshot())
            except (GatewayAway, OSError):
                said = None
            if isinstance(said, Snapshot) and (said.digest == digest) is not other and said.tick > 2:
                return said
            await asyncio.sleep(0.05)
        raise TimeoutError(digest)

    def change(self, before: str, after: str) -> None:
        text = self.file.read_text()
        assert before in text
        self.file.write_text(text.replace(before, after, 1))

    def told(self) -> list[str]:
        journal = CommandJournal(self.folder.commands, read_only=True)
        try:
            return [entry.body for entry in journal.entries() if entry.kind == "reloaded"]
        finally:
            journal.close()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with watched(tmp_path, reversion_s=15.0, patient=True) as (unit, inverter, _):
        await unit.until("READY", within_s=60.0)
        assert await stands(inverter, WANTED_KW, 60.0)
        yield Place(unit, inverter, Folder(root=tmp_path / "gateway"), tmp_path / "site.toml")


async def test_a_changed_file_is_taken_and_given_back_by_one_process_that_never_lets_go(place: Place) -> None:
    before = await place.runs("", other=True)
    assert place.unit.process is not None
    pid, written = place.unit.process.pid, len(place.inverter.journal)
    place.change("power_kw = 4000.0", "power_kw = 3500.0")
    place.change("low = -4000.0", "low = -3500.0")
    place.change("high = 4000.0", "high = 3500.0")
    assert isinstance(await place.ask(Reload()), Accepted)
    await place.runs(before.digest, other=True)
    await asyncio.sleep(1.0)  # the first good tick is what makes it a revision
    assert isinstance(await place.ask(Reload(back=True)), Accepted)
    await place.runs(before.digest)
    assert place.unit.process.pid == pid
    assert {one.value for one in list(place.inverter.journal)[written:]} <= {WANTED_KW}
    first, second = place.told()
    assert "3500" in first
    assert "rolled back by a person" in second


async def test_a_file_with_mistakes_changes_nothing_and_is_told_with_its_lines(place: Place) -> None:
    before = await place.runs("", other=True)
    place.change('asset = "bat1"', 'asset = "nobody"')
    said = await place.ask(Reload())
    assert isinstance(said, Rejected)
    assert "site.toml:" in said.reason
    assert "nobody" in said.reason
    assert (await place.runs(before.digest)).digest == before.digest
    assert place.told() == []


async def test_a_hang_up_reads_the_file_again(place: Place) -> None:
    before = await place.runs("", other=True)
    place.change('title = "Kill -9"', 'title = "Anew"')
    assert place.unit.process is not None
    place.unit.process.send_signal(signal.SIGHUP)
    after = await place.runs(before.digest, other=True)
    assert after.title == "Anew"
    assert place.unit.when("RELOADING") is not None
    (told,) = place.told()
    assert "SIGHUP" in told
