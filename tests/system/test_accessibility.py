"""Nobody is kept from the page: what axe finds serious is not there, on every page, light and dark."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from tests.fakes.browser import Tab, browser
from tests.fakes.snapshots import FakeSource
from tests.system.served_page import serving

pytestmark = pytest.mark.system

AXE = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
PATHS = ("", "alarms", "approvals", "points", "commands", "runtime", "lineage/nord-40980-1")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
OPENS_A_DIALOG = "document.querySelector('[data-act]') && document.querySelector('dialog.act').showModal()"


async def serious(tab: Tab) -> list[str]:
    """Let axe look; return its serious and critical findings with the element that each is about."""
    await tab.value(AXE)
    found = await tab.value(f"axe.run(document, {json.dumps(RULES)}).then((seen) => seen.violations)")
    return [
        f"{one['id']}: {one['help']}: {node['html'][:160]}"
        for one in found
        if one["impact"] in {"serious", "critical"}
        for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
async def test_axe_finds_nothing_serious_on_any_page(*, dark: bool) -> None:
    async with serving(FakeSource()) as url, browser() as tab:
        if dark:
            await tab.dark()
        for path in PATHS:
            await tab.open(url + path)
            await tab.until("document.querySelector('time[data-beat]').textContent === '0 s'")
            assert await serious(tab) == [], path or "overview"
            await tab.value(OPENS_A_DIALOG)
            assert await serious(tab) == [], f"{path}: the dialog of an act"
        await tab.open(url + "sign-in")
        assert await serious(tab) == []


async def test_the_judge_sees_a_button_without_a_name() -> None:
    async with serving(FakeSource()) as url, browser() as tab:
        await tab.open(url)
        await tab.value("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>')")
        assert any("button-name" in one for one in await serious(tab))
