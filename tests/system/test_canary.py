"""The canary over the whole way: in a run it is counted nowhere; where the way is cut, the page is loud."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from aios.api.serve import serve
from aios.control_room.source import SocketSource
from aios.folder import Folder
from aios.replay.again import replay_run
from aios.site import site_of
from aios.studies.gateway_ledger import GatewayLedger
from kernel.journal.commands import CommandJournal
from kernel.shell.wire import CanaryState
from simulators.scenario import scenario_of
from tests.fakes.browser import browser
from tests.fakes.nord import NOW, S
from tests.fakes.snapshots import FakeSource, snapshot
from tests.system.served_page import page
from tests.system.test_accessibility import serious
from tests.system.virtual_nord import NORD, Nord, make_nord, nord_text

pytestmark = [pytest.mark.system, pytest.mark.timeout(240)]
EVERY_S = 360.0
CANARY = f"\n[alarms]\ncanary_s = {EVERY_S}\n"
FACTOR = 120.0
ALERTS = (
    "[...document.querySelectorAll('[role=alert]')].filter((one) => one.checkVisibility())"
    ".map((one) => one.textContent).join()"
)
CALM = "document.querySelector('[data-proven-at]')?.textContent"


@dataclass
class Lived:
    """A run that is over, and what a study counted of it."""

    folder: Path
    nord: Nord
    ledger: GatewayLedger


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Two hours of nord with a canary every six minutes."""
    folder = tmp_path_factory.mktemp("canary")
    text = nord_text(start="06:00", hours=2.0, history_days=1, more=CANARY)
    site = site_of(text)
    ledger = GatewayLedger(site, scenario_of(site))
    nord = make_nord(folder, text, listeners=[ledger])
    asyncio.run(nord.run.run())
    nord.run.close()
    return Lived(folder, nord, ledger)


def test_a_run_journals_every_canary_and_counts_none(lived: Lived) -> None:
    with closing(CommandJournal(Folder(root=lived.folder).commands, read_only=True)) as journal:
        told = [(entry.kind, entry.subject) for entry in journal.entries() if "canary" in entry.subject]
    assert {kind for kind, _ in told} == {"canary"}
    assert 3 * 17 <= len(told) <= 3 * 20, "each is raised, acknowledged and over"
    run, end_ns = lived.nord.run, lived.nord.run.clock.now_ns()
    assert lived.ledger.alarms(end_ns).keys() & {"canary"} == set()
    assert lived.ledger.values(end_ns, ())["alarms"] == run.gateway.desk.tally.alarms.total()
    assert "canary:nord" not in run.gateway.alarms, "nobody can act on it"
    assert not any(one.is_canary for state in lived.nord.seen.states for one in state.alarms.values())


def test_the_run_replays_without_difference(lived: Lived) -> None:
    assert asyncio.run(replay_run(lived.folder)).differences == ()


def source(raised_s: float, *, every_s: float = 60.0, now_s: float = 0.0) -> FakeSource:
    """A gateway whose last canary is so old."""
    told = CanaryState(every_s=every_s, raised_ns=NOW - round(raised_s * S))
    return FakeSource(snapshot(canary=told, now_ns=NOW + round(now_s * S)))


async def test_the_header_counts_the_age_up_and_is_not_loud_while_canaries_come() -> None:
    held, began = source(23.0), time.monotonic()
    held.moving = lambda shot: msgspec.structs.replace(
        shot, now_ns=NOW + round((time.monotonic() - began) * S)
    )
    async with page(held) as tab:
        await tab.until(f"/alarms proven 2[5-9] s ago/.test({CALM})")
        assert await tab.value(ALERTS) == ""


async def test_a_gateway_that_answers_and_raises_no_canary_is_an_alert_on_every_page() -> None:
    held = source(23.0)
    async with page(held) as tab:
        await tab.until(CALM)
        held.shot = source(23.0, now_s=200.0).shot
        await tab.until(f"{ALERTS}.includes('Alarms do not reach this desk')")
        assert "the gateway answers, but no canary alarm has come through it since" in await tab.value(ALERTS)
        assert await serious(tab) == []
        held.shot = source(-199.0, now_s=200.0).shot
        await tab.until(f"{CALM} && !{ALERTS}")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)], ids=["1280x800", "1440x900"])
@pytest.mark.parametrize("raised_s", [23.0, 900.0], ids=["proven", "cut"])
async def test_the_frame_has_room_for_it(width: int, height: int, raised_s: float) -> None:
    async with page(source(raised_s)) as tab:
        await tab.size(width, height)
        box = "document.documentElement"
        assert await tab.value(f"[{box}.scrollWidth, {box}.scrollHeight]") == [width, height]
        assert await tab.value(
            "[...document.querySelectorAll('header *')].filter((one) => one.checkVisibility()"
            " && one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML)"
        ) == []  # fmt: skip


async def test_a_page_that_hears_no_control_room_says_so_itself() -> None:
    held = source(0.0, every_s=2.0)
    began = time.monotonic()

    def moved(shot):
        now_ns = NOW + round((time.monotonic() - began) * S)
        told = CanaryState(every_s=2.0, raised_ns=now_ns // (2 * S) * 2 * S)
        return msgspec.structs.replace(shot, now_ns=now_ns, canary=told)

    held.moving = moved
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with browser() as tab:
        desk = asyncio.create_task(serve(held, ready=address.set_result))
        await tab.open(await address)
        await tab.until(CALM)
        assert await tab.value(ALERTS) == ""
        desk.cancel()
        with suppress(asyncio.CancelledError):
            await desk
        await tab.until(f"{ALERTS}.includes('Alarms do not reach this page')")
        assert "it hears nothing from the control room" in await tab.value(ALERTS)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A gateway of nord with a canary, whose clock runs fast and whose devices nobody serves."""
    site = tmp_path / "nord.toml"
    site.write_text(NORD.read_text(encoding="utf-8") + CANARY, encoding="utf-8")
    words = [sys.executable, "-m", "aios", "run", str(site), "--folder", str(tmp_path / "g")]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*words, "--scaled", str(FACTOR)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
        )
    assert process.stdout is not None
    assert process.stdin is not None
    assert b"ready" in process.stdout.readline(), (tmp_path / "log").read_text()
    process.stdin.write(f"{time.monotonic_ns()}\n".encode())
    process.stdin.flush()
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


async def test_a_real_gateway_proves_its_alarms_on_the_page_until_it_is_killed(
    gateway: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    held = SocketSource(Folder(root=tmp_path / "g").socket)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    async with browser() as tab:
        desk = asyncio.create_task(serve(held, ready=address.set_result))
        await tab.open(await address)
        await tab.until(CALM)
        first = await tab.value("document.querySelector('[data-proven-at]').dataset.provenAt")
        await tab.until(f"document.querySelector('[data-proven-at]')?.dataset.provenAt !== '{first}'")
        gateway.send_signal(signal.SIGKILL)
        await tab.until(f"{ALERTS}.includes('Alarms do not reach this desk')")
        assert "the control room has heard nothing from the gateway since" in await tab.value(ALERTS)
        desk.cancel()
        with suppress(asyncio.CancelledError):
            await desk
    await held.close()
