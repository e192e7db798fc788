"""On a site with `[access]` the command line acts for the person of a token, and for nobody else."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aios.access.identity import Role
from aios.cli.exits import Exit
from aios.cli.own_desk import KEY, TOKEN
from aios.folder import Folder
from aios.remote.command_keys import new_key
from kernel.journal.commands import CommandJournal
from tests.fakes.front_door import PASSWORD, QUICK, Access, Passwords
from tests.reliability.watched.plant import ROOT, watched

pytestmark = [pytest.mark.system, pytest.mark.timeout(120)]

YEAR_NS = 366 * 86_400_000_000_000
SECTION = """
[access]
keys = "keys"
desks = [{ key = "desk1", roles = ["OPERATOR", "VIEWER"] }]
"""


@dataclass
class Place:
    folder: Path
    gateway: Path

    async def aios(self, *words: str, **files: str) -> tuple[int, str]:
        """Run a command of `aios` with the files of a desk."""
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "aios", *words, "--folder", str(self.gateway)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | files,
        )
        said, _ = await running.communicate()
        return running.returncode or 0, said.decode()

    def token(self, access: Access, person: str, role: Role) -> str:
        file = self.folder / f"{person}.token"
        secret, _ = access.tokens.make(
            person, label="cli", roles=[role], sites=["*"], now_ns=1, expires_ns=2**62
        )
        file.write_text(f"{secret}\n")
        return str(file)

    def told(self) -> list[str]:
        journal = CommandJournal(Folder(root=self.gateway).commands, read_only=True)
        try:
            return [entry.body for entry in journal.entries() if entry.kind == "instruction"]
        finally:
            journal.close()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    new_key(tmp_path / "keys", "desk1")
    async with watched(tmp_path, reversion_s=15.0, beside=SECTION) as (unit, _, _):
        await unit.until("READY", within_s=60.0)
        yield Place(tmp_path, tmp_path / "gateway")


BLOCK = ("point", "mode", "bat1/active_power", "blocked", "--reason", "work")


async def test_it_acts_for_whose_token_it_shows_and_every_other_way_is_refused(place: Place) -> None:
    access = Access.at(Folder(root=place.gateway).access)
    hashed = Passwords(QUICK).hashed(PASSWORD)
    for person, role in (("erika", Role.OPERATOR), ("vera", Role.VIEWER)):
        access.accounts.add(person, hashed, roles=[role], sites=["*"], now_ns=1)
    desk = {KEY: str(place.folder / "keys" / "desk1.key"), TOKEN: place.token(access, "erika", Role.OPERATOR)}

    nobody = await place.aios(*BLOCK, "--person", "erika")
    assert nobody[0] == Exit.FAILED
    assert "nobody vouches" in nobody[1]

    viewer = await place.aios(*BLOCK, **(desk | {TOKEN: place.token(access, "vera", Role.VIEWER)}))
    assert viewer[0] == Exit.FAILED
    assert "vera" in viewer[1]

    half = await place.aios(*BLOCK, **{TOKEN: desk[TOKEN]})
    assert half[0] == Exit.USAGE
    assert f"{KEY} is not set" in half[1]
    assert place.told() == []

    done = await place.aios(*BLOCK, "--person", "somebody.else", **desk)
    assert done[0] == Exit.OK, done[1]
    (told,) = place.told()
    assert '"person":"erika"' in told
    assert "somebody.else" not in told

    access.accounts.lock("erika", "left")
    locked = await place.aios(*BLOCK, **desk)
    access.close()
    assert locked[0] == Exit.FAILED
    assert "locked or gone" in locked[1]
    assert len(place.told()) == 1
