"""People act from the page, in a real browser, by keyboard: the gateway hears who, what and why, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aios.access.identity import Role
from aios.api.front import Front
from kernel.instruction import Approval
from kernel.shell.wire import Instruct, Rejected
from tests.fakes.browser import Tab, browser
from tests.fakes.front_door import PASSWORD, START_NS, Clock, people
from tests.fakes.snapshots import FakeSource
from tests.system.served_page import serving

pytestmark = pytest.mark.system

DIALOG = "document.querySelector('[data-act-dialog]').open"


@asynccontextmanager
async def desk(folder: Path, source: FakeSource) -> AsyncIterator[tuple[str, Tab]]:
    """A desk with accounts, and a browser before it."""
    access = people(folder)
    kept = access.passwords.hashed(PASSWORD)
    access.accounts.add("vera", kept, roles=[Role.VIEWER], sites=["nord"], now_ns=START_NS)
    try:
        async with serving(source, front=Front(access=access, now_ns=Clock())) as url, browser() as tab:
            yield url, tab
    finally:
        access.close()


async def typed(tab: Tab, words: str) -> None:
    for letter in words:
        await tab.press(letter)


async def signed_in(tab: Tab, url: str, name: str, path: str) -> None:
    """Sign in by keyboard, on the way to a page."""
    await tab.ask("Page.navigate", url=url + path)
    await tab.until("document.readyState === 'complete' && document.activeElement?.name === 'name'")
    await typed(tab, name)
    await tab.press("Tab")
    await typed(tab, PASSWORD)
    await tab.press("Enter")
    await tab.until(f"location.pathname === '/{path}' && document.readyState === 'complete'")


async def test_a_question_is_approved_by_keyboard_and_the_gateway_hears_who_and_why_once(
    tmp_path: Path,
) -> None:
    source = FakeSource()
    async with desk(tmp_path, source) as (url, tab):
        await signed_in(tab, url, "erika", "approvals")
        assert await tab.value("document.querySelector('.top').innerText.includes('erika · OPERATOR')")
        await tab.press("j")
        await tab.press("a")
        await tab.until(DIALOG)
        await tab.press("Enter")  # into the reason: a line of its own is no answer
        assert await tab.value(DIALOG)
        await typed(tab, "seen on the spot")
        await tab.press("Tab")
        await tab.press("Enter")
        await tab.until(f"!{DIALOG}")
        (told,) = source.told
        assert isinstance(told, Instruct)
        approval = told.instruction
        assert isinstance(approval, Approval)
        assert (approval.person, approval.role, approval.asked) == ("erika", "OPERATOR", "nord-41190-1")
        assert (approval.granted, approval.reason.strip()) == (True, "seen on the spot")
        assert approval.digest == "5e1f"
        assert tab.complaints == []


async def test_who_may_only_look_is_told_so_and_nothing_is_sent(tmp_path: Path) -> None:
    source = FakeSource()
    async with desk(tmp_path, source) as (url, tab):
        await signed_in(tab, url, "vera", "approvals")
        await tab.press("j")
        await tab.press("a")
        await tab.until("document.querySelector('[data-act-told]').innerText.includes('may not approve')")
        assert not await tab.value(DIALOG)
    assert source.told == []


async def test_what_the_gateway_refuses_is_said_in_its_words_and_can_be_sent_again(tmp_path: Path) -> None:
    source = FakeSource()
    source.says = Rejected(reason="the time to decide is over")
    async with desk(tmp_path, source) as (url, tab):
        await signed_in(tab, url, "erika", "approvals")
        await tab.press("j")
        await tab.press("r")
        await tab.until(DIALOG)
        await typed(tab, "no")
        await tab.press("Tab")
        await tab.press("Enter")
        await tab.until(
            "document.querySelector('[data-act-said]').innerText.includes('the time to decide is over')"
        )
        assert await tab.value(DIALOG)


async def test_a_wrong_password_is_said_and_leads_nowhere(tmp_path: Path) -> None:
    async with desk(tmp_path, FakeSource()) as (url, tab):
        await tab.ask("Page.navigate", url=url)
        await tab.until("document.readyState === 'complete' && document.activeElement?.name === 'name'")
        await typed(tab, "erika")
        await tab.press("Tab")
        await typed(tab, "not it")
        await tab.press("Enter")
        await tab.until("!document.querySelector('[data-said]').hidden")
        assert await tab.value("location.pathname") == "/sign-in"
