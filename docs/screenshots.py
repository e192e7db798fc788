"""The pictures of the control room in these documents: a gateway lives the demo's day, a browser looks at it.

    python -m docs.screenshots [FOLDER]

The gateway is the real one, under the virtual clock, on the demo's day until ten minutes to four: what the
pictures show is what it found, not what was drawn for them. Three things that people do are told to it on the
way: a shift is handed over, a repair order is claimed, and F-15 is to be closed after the work permit has
ended, which another person must agree to. Pages are rendered by Debian's Chromium at 1440 x 900.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import aios
from aios.access.access import Access
from aios.access.identity import Role
from aios.api.front import Front
from aios.api.serve import serve
from aios.demo.day import day_text
from aios.site import site_of
from aios.virtual.run import VirtualRun, prepare
from docs.picture import pixels, with_palette
from edge.door import Door
from kernel.instruction import HandOver, OnOrder, OrderAct
from kernel.shell.wire import Instruct, PutRequest, Snapshot
from kernel.site import Site
from simulators.scenario import scenario_of
from tests.fakes.browser import Tab, browser
from tests.fakes.snapshots import FakeSource

NORD: Final = Path(aios.__file__).parent / "sites" / "nord.toml"
IMAGES: Final = Path(__file__).parent / "images"
WIDTH, HEIGHT = 1440, 900
LARGEST: Final = 150_000
"""Bytes that a picture may have."""
PASSWORD: Final = "seven grey herons"  # noqa: S105 - of an account that lives for the pictures
PERSON: Final = "e.brandt"
_FINDS: Final = (
    ('names = ["breaker_close', 'names = ["closing_needs_people", "breaker_close'),
    ("[policies]\n", "[alarms]\ncanary_s = 600\n\n[policies]\n"),
    ("until = 2016-12-14T16:00:00+01:00", "until = 2016-12-14T15:30:00+01:00"),
)
"""What differs from the demo's day: closing needs two, the work in bay 15 ends earlier, alarms are proven."""
NOTE: Final = (
    "Fans of T2 do not turn since 10:00, crew asked for. F-15 may be closed when permit 7731 has ended."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture."""

    name: str
    path: str = ""
    dark: bool = False
    keys: str = ""
    """Pressed before it is taken."""


SHOTS: Final = (
    Shot(name="overview"),
    Shot(name="overview-dark", dark=True),
    Shot(name="alarms", path="alarms"),
    Shot(name="approvals", path="approvals"),
    Shot(name="approvals-answer", path="approvals", keys="ja"),
    Shot(name="assets", path="points"),
    Shot(name="journal", path="commands"),
)


def at_ns(clock: str) -> int:
    """Return a time of the demo's day, nanoseconds since 1970 UTC."""
    return round(datetime.fromisoformat(f"2016-12-14T{clock}:00+01:00").timestamp() * 1e9)


async def lived(run: VirtualRun) -> Snapshot:
    """Live the day until ten minutes to four, with what people do on the way."""
    door = Door(run.gateway.kernel)

    async def until(clock: str) -> None:
        while run.clock.now_ns() < at_ns(clock):
            await run.step()

    await until("14:00")
    told = HandOver(
        key="shift", person="a.keller", reason="end of shift", note=NOTE, giver="a.keller", taker=PERSON
    )
    await door.instruct(Instruct(instruction=told))
    await until("15:12")
    (_, fans) = run.gateway.desk.snapshot(run.gateway.kernel).orders
    claim = OrderAct(key="claim", person=PERSON, reason="crew B asked", order=fans.id, act=OnOrder.CLAIM)
    await door.instruct(Instruct(instruction=claim))
    await until("15:46")
    wish = PutRequest(
        point="cb15/close", value=1.0, person="m.jansen", reason="permit 7731 has ended", validity_s=3600.0
    )
    await door.put(wish)
    await until("15:50")
    return run.gateway.desk.snapshot(run.gateway.kernel)


def site_text() -> str:
    """Return the site file of the pictures.

    Raises:
        ValueError: the demo's day has changed, and what is to differ is not found in it.
    """
    text = day_text(NORD.read_text(encoding="utf-8"))
    for find, instead in _FINDS:
        if text.count(find) != 1:
            raise ValueError(f"the site has {find!r} {text.count(find)} times")
        text = text.replace(find, instead)
    return text


def scene(folder: Path) -> tuple[Site, Snapshot]:
    """Return the substation and what its gateway says of it."""
    text = site_text()
    site = site_of(text, file=str(NORD), folder=NORD.parent)
    run = prepare(site, text, scenario_of(site), folder, counterfactual=False)
    shot = asyncio.run(lived(run))
    run.close()
    return site, shot


@asynccontextmanager
async def desk(folder: Path, site: Site, shot: Snapshot) -> AsyncIterator[str]:
    """Serve a desk with one account; yield its address."""
    access = Access.at(folder / "access.db")
    kept = access.passwords.hashed(PASSWORD)
    access.accounts.add(PERSON, kept, roles=[Role.OPERATOR], sites=[site.name], now_ns=time.time_ns())
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(
            FakeSource(shot),
            assets=site.assets,
            time_zone=site.time_zone,
            ready=address.set_result,
            front=Front(access=access),
        )
    )
    try:
        yield await address
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving
        access.close()


async def sign_in(tab: Tab) -> None:
    """Sign in from the page that is open."""
    body = json.dumps({"name": PERSON, "password": PASSWORD})
    asked = f"{{method: 'POST', headers: {{'Content-Type': 'application/json'}}, body: {json.dumps(body)}}}"
    if (status := await tab.value(f"fetch('/api/v1/sign-in', {asked}).then((said) => said.status)")) != 200:
        raise RuntimeError(f"signing in answers {status}")


async def pictures(folder: Path, site: Site, shot: Snapshot) -> dict[str, bytes]:
    """Take every picture; return them as small PNG files by name."""
    taken = {}
    async with desk(folder, site, shot) as url, browser() as tab:
        await tab.size(WIDTH, HEIGHT)
        await tab.open(f"{url}sign-in")
        taken["sign-in"] = await tab.picture()
        await sign_in(tab)
        for one in SHOTS:
            await tab.ask(
                "Emulation.setEmulatedMedia",
                features=[{"name": "prefers-color-scheme", "value": "dark" if one.dark else "light"}],
            )
            await tab.open(url + one.path)
            await tab.until("document.querySelector('time[data-beat]').textContent === '0 s'")
            for key in one.keys:
                await tab.press(key)
            await tab.value("new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 100)))")
            taken[one.name] = await tab.picture()
        await tab.ask("Page.navigate", url="about:blank")
        return {name: with_palette(await pixels(tab, png)) for name, png in taken.items()}


def main() -> int:
    """Take the pictures and write them; return 1 where one is too large."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=IMAGES, help="where they go")
    out: Path = parser.parse_args().folder
    with tempfile.TemporaryDirectory(prefix="aios-pictures-") as folder:
        site, shot = scene(Path(folder) / "run")
        taken = asyncio.run(pictures(Path(folder), site, shot))
    out.mkdir(parents=True, exist_ok=True)
    too_large = False
    for name, png in taken.items():
        (out / f"{name}.png").write_bytes(png)
        print(f"{name}.png {len(png)} bytes")
        too_large |= len(png) > LARGEST
    return int(too_large)


if __name__ == "__main__":
    sys.exit(main())
