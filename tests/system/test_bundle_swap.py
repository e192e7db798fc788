"""A real gateway takes another policy process between two ticks, keeps it over a kill, and gives it back."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from aios.folder import Folder
from aios.remote.command_keys import new_key, read_private_key
from aios.shelf.making import make
from aios.site import site_of
from kernel.instruction import BundleAct, BundleStep, Instructed
from kernel.journal.commands import CommandJournal
from kernel.journal.recorder import Recording
from kernel.journal.signing import Signer
from kernel.shell.socket import GatewayAway, connect
from kernel.shell.wire import Accepted, Answer, GetSnapshot, Instruct, Rejected, Snapshot
from kernel.site import Site
from policies.shelf.manifest import SignedBundle
from policies.shelf.sealing import signed
from policies.shelf.shelf import Shelf
from tests.reliability.watched.hanging import WANTED_KW
from tests.reliability.watched.plant import TICK_S, stands, stretch, watched
from tests.reliability.watched.unit import Unit

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
PROMOTE, ROLLBACK = BundleStep.PROMOTE, BundleStep.ROLLBACK


class Lived:
    """A gateway of its own process, and what is told to it."""

    def __init__(self, unit: Unit, folder: Path) -> None:
        self.unit, self.folder = unit, Folder(root=folder / "gateway")
        self.number = 0

    async def ask(self, request: Instruct | GetSnapshot) -> Answer:
        client = await connect(self.folder.socket)
        try:
            return await client.ask(request)
        finally:
            await client.close()

    async def tell(self, step: BundleStep, revision: str = "", approver: str = "") -> Answer:
        self.number += 1
        act = BundleAct(
            key=f"k{self.number}",
            person="M. Jansen",
            reason="a test",
            step=step,
            revision=revision,
            approver=approver,
        )
        return await self.ask(Instruct(instruction=act))

    async def seen(self, good: Callable[[Snapshot], bool], within_s: float = 60.0) -> Snapshot:
        """Wait until a look at the gateway is as wanted."""
        for _ in range(round(within_s / 0.05)):
            try:
                said = await self.ask(GetSnapshot())
            except (GatewayAway, OSError):
                said = None
            if isinstance(said, Snapshot) and good(said):
                return said
            await asyncio.sleep(0.05)
        raise TimeoutError((self.unit.folder / "log").read_text(errors="replace")[-3000:])

    def process_of_policies(self) -> set[int]:
        """Return the ids of the policy processes of this gateway that live."""
        assert self.unit.process is not None
        task = Path(f"/proc/{self.unit.process.pid}/task/{self.unit.process.pid}/children")
        return {int(pid) for pid in task.read_text().split() if b"policies.worker" in _command(pid)}

    def acts(self) -> list[Instructed]:
        journal = CommandJournal(self.folder.commands, read_only=True)
        try:
            told = [one.body for one in journal.told() if one.kind == "instruction"]
        finally:
            journal.close()
        return [msgspec.json.decode(body, type=Instructed) for body in told]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def signers(folder: Path) -> str:
    new_key(folder / "keys", "anna")
    keys = f'keys = "{folder / "keys"}"\napprovers = ["Jo Roth"]\n'
    return f'{keys}\n[[policies.signer]]\nkey = "anna"\nperson = "Anna Berg"\n'


def site_at(folder: Path) -> Site:
    sys.path.insert(0, str(folder / "plugin"))
    try:
        return site_of((folder / "site.toml").read_text(), folder=folder)
    finally:
        sys.path.remove(str(folder / "plugin"))


def bundle(folder: Path) -> SignedBundle:
    changes = folder / "changes"
    changes.mkdir()
    (changes / "cautious_test.rego").write_text("package cautious_test\n")
    (changes / "der_reversion_required.json").write_text(
        (Path(__file__).parents[2] / "policies" / "data" / "der_reversion_required.json")
        .read_text()
        .replace("900", "800")
    )
    made, _ = make(site_at(folder), changes, version="2", made_by="a.berg", made_at_ns=1, reason="")
    return signed(made, "anna", Signer(read_private_key(folder / "keys" / "anna.key")))


def lost_ticks(folder: Folder) -> list[tuple[int, float]]:
    """Return every tick that came late or is missing, with the time since the one before, seconds."""
    recording = Recording(folder.recorder)
    try:
        found = []
        for header in recording.runs():
            ticks = [(one.tick, one.now_ns) for one in recording.ticks(header.run)]
            for (tick, at_ns), (after, then_ns) in itertools.pairwise(ticks):
                gap_s = (then_ns - at_ns) / 1e9
                if after != tick + 1 or gap_s > 1.9 * TICK_S * stretch():
                    found.append((after, gap_s))
        return found
    finally:
        recording.close()


async def test_a_promotion_and_the_way_back_lose_no_tick_and_outlive_a_kill(tmp_path: Path):
    async with watched(tmp_path, reversion_s=15.0, beside=signers(tmp_path)) as (unit, inverter, _):
        lived = Lived(unit, tmp_path)
        await unit.until("READY", within_s=90.0)
        assert await stands(inverter, WANTED_KW, 30.0)
        shipped = (await lived.seen(lambda said: said.tick > 5)).gate.revision
        (first,) = lived.process_of_policies()
        revision = Shelf(lived.folder.shelf).put(bundle(tmp_path))

        refused = await lived.tell(PROMOTE, revision, "Anna Berg")
        assert isinstance(refused, Rejected)
        assert isinstance(await lived.tell(PROMOTE, revision, "Jo Roth"), Accepted)
        promoted = await lived.seen(lambda said: said.gate.revision.startswith(f"{revision}+"))
        assert promoted.gate.healthy
        await lived.seen(lambda said: said.tick > promoted.tick + 10)
        (second,) = lived.process_of_policies()
        assert second != first

        assert unit.process is not None
        os.kill(unit.process.pid, signal.SIGKILL)
        after = await lived.seen(lambda said: said.tick > 2 and said.gate.revision != shipped, 90.0)
        assert after.gate.revision == promoted.gate.revision
        told = [one.instruction for one in lived.acts() if not one.refused]
        assert [(one.person, one.approver) for one in told if isinstance(one, BundleAct)] == [
            ("M. Jansen", "Jo Roth")
        ]

        assert isinstance(await lived.tell(ROLLBACK), Accepted)
        back = await lived.seen(lambda said: said.gate.revision == shipped)
        await lived.seen(lambda said: said.tick > back.tick + 10)
        assert Shelf(lived.folder.shelf).places().active == ""
        unit.stopping = True
        unit.process.send_signal(signal.SIGTERM)
        await unit.process.wait()
        assert lost_ticks(lived.folder) == []
        failures = CommandJournal(lived.folder.commands, read_only=True)
        try:
            assert [one.body for one in failures.entries() if one.kind == "gate"] == []
        finally:
            failures.close()
