"""Lives of a gateway: a revision on trial is kept after its first good tick, or rolled back."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

import aios
from aios.folder import Folder
from aios.gateway import live
from aios.gateway.accept import Charter
from aios.gateway.life import FirstGoodTick, Host, House
from aios.gateway.live import Lives
from aios.gateway.revisions import Revisions
from aios.gateway.take_over import Before
from aios.site import site_of
from kernel.shell.clock import SystemClock
from kernel.shell.systemd import Notifier

TEXT = (Path(aios.__file__).parent / "sites" / "nord.toml").read_text(encoding="utf-8")


class Trial:
    """A life that behaves as a test says: good, silent or broken."""

    script: ClassVar[list[str]] = []
    lived: ClassVar[list[tuple[str, str]]] = []

    def __init__(self, house: House, charter: Charter, before: Before | None, *, why: str = "") -> None:
        self.charter, self.next, self.next_why = charter, None, ""
        self.good, self.over, self.why = FirstGoodTick(), asyncio.Event(), why

    async def run(self, gate: Any, on_ready: Callable[[], None]) -> Before | None:
        self.lived.append((self.charter.site.title, self.why))
        does = self.script.pop(0)
        if does.startswith("good"):
            self.good.reached.set()
        if does == "broken":
            raise RuntimeError("no such register")
        if does == "good, then another":
            self.go_on(Charter(site_of(OTHER), OTHER, Path()), "reloaded")
        if does == "good, then ends":
            return None
        await self.over.wait()
        return None

    def go_on(self, charter: Any, why: str) -> None:
        self.next, self.next_why = charter, why
        self.over.set()

    def stop(self) -> None:
        self.over.set()


OTHER = TEXT.replace('title = "Nord"', 'title = "Other"', 1)


async def lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *script: str) -> list[tuple[str, str]]:
    monkeypatch.setattr(live, "Life", Trial)
    monkeypatch.setattr(live, "TRIAL_S", 0.05)
    monkeypatch.setattr(live, "SLOW_TICKS", 0)
    monkeypatch.setattr(live, "gate_for", lambda charter, host: Gate())
    Trial.script, Trial.lived = list(script), []
    house = House(
        folder=Folder(root=tmp_path),
        file=tmp_path / "site.toml",
        clock=SystemClock(),
        notifier=Notifier({}),
        revisions=Revisions(tmp_path / "revisions"),
        host=Host(),
        cache=tmp_path,
    )
    await Lives(house, lambda: None).run(Charter(site_of(TEXT), TEXT, tmp_path))
    return Trial.lived


class Gate:
    revision, gave_up = "1", ""
    when_opened: ClassVar[Callable[[], None]] = lambda: None

    async def open(self) -> None:
        Gate.when_opened()

    async def close(self) -> None:
        pass


def titles(tmp_path: Path) -> list[str]:
    return [site_of(one.text).title for one in Revisions(tmp_path / "revisions").all()]


async def test_a_good_revision_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = await lived(tmp_path, monkeypatch, "good, then another", "good, then ends")
    assert told == [("Nord", ""), ("Other", "reloaded")]
    assert titles(tmp_path) == ["Nord", "Other"]


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("silent", "rolled back: no good tick within 0.05 s"),
        ("broken", "rolled back: RuntimeError: no such register"),
    ],
)
async def test_a_revision_without_a_good_tick_is_rolled_back_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, why: str
) -> None:
    told = await lived(tmp_path, monkeypatch, "good, then another", does, "good, then ends")
    assert told == [("Nord", ""), ("Other", "reloaded"), ("Nord", why)]
    assert titles(tmp_path) == ["Nord"], "what never worked is no revision"


async def test_a_gateway_that_is_told_to_stop_while_it_starts_begins_no_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Gate, "when_opened", lambda: os.kill(os.getpid(), signal.SIGTERM))
    opened = Gate.open

    async def slowly(self: Gate) -> None:
        await opened(self)
        await asyncio.sleep(0.05)

    monkeypatch.setattr(Gate, "open", slowly)
    assert await lived(tmp_path, monkeypatch) == []


async def test_a_first_life_that_breaks_ends_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="no such register"):
        await lived(tmp_path, monkeypatch, "broken")
