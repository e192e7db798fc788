"""The whole: devices served here, and gateway, page, broker and database as processes of their own."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from aios.access.access import Access
from aios.access.identity import Role
from aios.access.passwords import Passwords
from aios.folder import Folder
from aios.remote.command_keys import new_key
from aios.site import site_of
from drivers.mqtt.broker import free_port
from kernel.shell.clock import SystemClock
from simulators.devices.breaker import Breaker
from simulators.devices.make import make_bank
from simulators.field.server import FieldServers
from tests.fakes.front_door import PASSWORD, QUICK
from tests.reliability.killed.agent import RAISED, WANTED
from tests.reliability.killed.parts import Database, Part, Program
from tests.reliability.killed.person import Person
from tests.reliability.killed.site import DESK, NAME, UPLINKS, install, site_text

ROOT = Path(__file__).parents[3]
PEOPLE = {"anna": Role.OPERATOR, "ben": Role.OPERATOR, "carl": Role.ENGINEER}
TOKEN_NS = 86_400 * 10**9
LOOK_S = 0.05
Seen = TypeVar("Seen")


@dataclass
class Plant:
    """Everything that a life touches."""

    folder: Path
    breaker: Breaker
    parts: dict[str, Part]
    people: dict[str, Person]
    broker_port: int
    raised: dict[str, int] = field(default_factory=dict)
    """When each order was made, by its id."""

    @property
    def home(self) -> Folder:
        """Where the gateway keeps its files."""
        return Folder(root=self.folder / "gateway")

    def raise_order(self, name: str) -> None:
        """Let the foreman find something that must be repaired."""
        made = self.folder / f"{name}.new"
        self.raised[name] = time.time_ns()
        made.write_text(str(self.raised[name]))
        made.rename(self.folder / RAISED / name)

    def want_closed(self, *, wanted: bool) -> None:
        """Let the foreman want the breaker closed, or want nothing more."""
        switch = self.folder / WANTED
        switch.touch() if wanted else switch.unlink(missing_ok=True)

    async def until(self, look: Callable[[], Awaitable[Seen | None]], within_s: float = 120.0) -> Seen | None:
        """Return what is seen as soon as there is something; None where there is nothing in time."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if (seen := await look()) is not None:
                return seen
            await asyncio.sleep(LOOK_S)
        return None


@asynccontextmanager
async def plant(
    folder: Path, *, module: str = "aios", uplinks: bool = True, page: str = "aios"
) -> AsyncIterator[Plant]:
    """Start everything; `module` is what the gateway runs, `page` what the page runs: sabotaged ones too."""
    (folder / RAISED).mkdir()
    plugin = install(folder)
    sys.path.insert(0, str(plugin))
    try:
        site = site_of(site_text(folder, 0), folder=folder)
    finally:
        sys.path.remove(str(plugin))
    new_key(folder / "keys", DESK)
    banks = {device: make_bank(device, site.asset[device.asset]) for device in site.devices}
    (breaker,) = banks.values()
    assert isinstance(breaker, Breaker)
    async with FieldServers(banks, SystemClock()) as servers:
        broker, desk = free_port(), free_port()
        database = Database(folder) if uplinks else None
        parts = _programs(folder, plugin, module, page, desk)
        if database is not None:
            parts |= {"broker": _broker(folder, broker), "database": database}
            await asyncio.gather(parts["broker"].start(), database.start())
            beside = UPLINKS.replace("BROKER", str(broker)).replace("DATABASE", database.running.dsn)
        else:
            beside = ""
        (folder / "site.toml").write_text(site_text(folder, servers.ports["breaker"], beside))
        people = _people(folder, f"http://127.0.0.1:{desk}")
        made = Plant(folder, breaker, parts, people, broker)
        try:
            await asyncio.gather(parts["gateway"].start(), parts["page"].start())
            yield made
        finally:
            await asyncio.gather(*(part.stop() for part in parts.values()))


def _programs(folder: Path, plugin: Path, module: str, page: str, port: int) -> dict[str, Part]:
    env = {"PYTHONPATH": os.pathsep.join([str(plugin), str(ROOT)])}
    site, home = str(folder / "site.toml"), str(folder / "gateway")
    run = [sys.executable, "-m", module, "run", site, "--folder", home]
    desk = [sys.executable, "-m", page, "control-room", site, "--folder", home, "--port", str(port)]
    key = ["--key", str(folder / "keys" / f"{DESK}.key")]
    return {
        "gateway": Program("gateway", run, folder / "gateway.log", env=env),
        "page": Program("page", [*desk, *key], folder / "page.log", env=env),
    }


def _broker(folder: Path, port: int) -> Program:
    program = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin")
    if program is None:
        raise RuntimeError("a real broker is needed: install the package mosquitto")
    settings = folder / "mosquitto.conf"
    settings.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nuser root\n")
    return Program("broker", [program, "-c", str(settings)], folder / "broker.log", port=port)


def _people(folder: Path, url: str) -> dict[str, Person]:
    """Give everybody an account and a token, as `aios account` and `aios token` do."""
    access, now_ns = Access.at(Folder(root=folder / "gateway").access), time.time_ns()
    kept, found = Passwords(QUICK).hashed(PASSWORD), {}
    try:
        for name, role in PEOPLE.items():
            access.accounts.add(name, kept, roles=[role], sites=[NAME], now_ns=now_ns)
            token, _ = access.tokens.make(
                name, label="kills", roles=[role], sites=[NAME], now_ns=now_ns, expires_ns=now_ns + TOKEN_NS
            )
            found[name] = Person(name, token, url)
    finally:
        access.close()
    return found
