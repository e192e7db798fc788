"""The dispatchers' page in a real browser, against a fake gateway, over real sockets."""

from __future__ import annotations

import re

import msgspec
import pytest

from aios.control_room.times import duration
from kernel.quality import INVALID, OLD, describe
from kernel.shell.wire import RungState
from tests.fakes.browser import browser
from tests.fakes.nord import NOW, S
from tests.fakes.snapshots import FakeSource, snapshot
from tests.system.served_page import page, serving

pytestmark = pytest.mark.system

IMPORTS = """
const { hear } = await import('/static/clock.js');
const { tick } = await import('/static/ages.js');
"""


async def test_the_page_stands_without_one_complaint_of_browser_or_policy() -> None:
    async with serving(FakeSource()) as url, browser() as tab:
        for path in ("", "points", "commands", "runtime", "lineage/nord-40980-1"):
            await tab.open(url + path)
            await tab.until("document.querySelector('time[data-beat]').textContent === '0 s'")
        assert tab.complaints == []


async def test_nothing_is_asked_of_any_other_host() -> None:
    async with page(FakeSource()) as tab:
        hosts = await tab.value(
            "[...new Set(performance.getEntriesByType('resource').map((entry) => new URL(entry.name).host))]"
        )
        assert hosts == [await tab.value("location.host")]


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)], ids=["1280x800", "1440x900"])
async def test_the_frame_does_not_scroll(width: int, height: int) -> None:
    async with page(FakeSource()) as tab:
        await tab.size(width, height)
        box = "document.documentElement"
        assert await tab.value(f"[{box}.scrollWidth, {box}.scrollHeight]") == [width, height]
        outside = await tab.value(
            "[...document.querySelectorAll('.pane')].filter((pane) => {"
            " const box = pane.getBoundingClientRect();"
            " return box.right > innerWidth || box.bottom > innerHeight || box.height < 90; })"
            ".map((pane) => pane.id)"
        )
        assert outside == []


@pytest.mark.parametrize("agents", [1, 3], ids=["one agent", "three agents"])
async def test_since_when_an_agent_is_below_its_model_is_never_cut_off(agents: int) -> None:
    rungs = tuple(
        RungState(agent=f"transformer_health_{n}", rung="previous_model", why="", since_ns=NOW - 5 * S)
        for n in range(agents)
    )
    async with page(FakeSource(snapshot(rungs=rungs))) as tab:
        await tab.until("document.querySelector('.tag .since')")
        cut = await tab.value(
            "[...document.querySelectorAll('.tag .since')].filter((since) => "
            "since.getBoundingClientRect().right > since.closest('.tag').getBoundingClientRect().right"
            " || since.scrollWidth > since.clientWidth + 1).length"
        )
        outside = await tab.value(
            "[...document.querySelectorAll('.top .tag')].filter((tag) => {"
            " const box = tag.getBoundingClientRect();"
            " return box.bottom > document.querySelector('.top').getBoundingClientRect().bottom; }).length"
        )
        assert (cut, outside) == (0, 0)


async def test_rows_are_walked_and_opened_by_keyboard() -> None:
    async with page(FakeSource()) as tab:
        await tab.until("document.querySelector('tr[aria-current]')")
        await tab.press("j")
        await tab.press("j")
        open_order = "document.querySelector('article:not([hidden])').dataset.order"
        await tab.until(f"{open_order} === document.querySelectorAll('tr[data-order]')[2].dataset.order")
        await tab.press("Enter")
        await tab.until("document.activeElement.matches('article:not([hidden])')")
        await tab.press("Escape")
        await tab.press("k")
        await tab.until("document.activeElement.closest('tr').rowIndex === 2")
        assert await tab.value("document.querySelectorAll('article:not([hidden])').length") == 1


async def test_g_then_a_letter_goes_and_the_question_mark_shows_the_keys() -> None:
    async with page(FakeSource()) as tab:
        await tab.until("document.querySelector('time[data-beat]').textContent === '0 s'")
        await tab.press("?")
        await tab.until("document.querySelector('dialog.keys').open")
        await tab.press("Escape")
        await tab.until("!document.querySelector('dialog.keys').open")
        for letter, path in (("j", "/commands"), ("a", "/points"), ("r", "/runtime"), ("o", "/")):
            await tab.press("g")
            await tab.press(letter)
            await tab.until(f"location.pathname === '{path}' && document.readyState === 'complete'")
            await tab.until("document.querySelector('time[data-beat]').textContent === '0 s'")
        await tab.press("g")
        await tab.press("s")
        await tab.until("document.activeElement.id === 'substation'")
        assert await tab.value("location.pathname") == "/"


async def test_a_change_arrives_and_keeps_focus_and_the_element() -> None:
    source = FakeSource()
    async with page(source) as tab:
        await tab.press("j")
        await tab.until("document.activeElement.matches('[data-open]')")
        await tab.value("document.activeElement.mine = true")
        first, second, *others = source.shot.orders
        changed = msgspec.structs.replace(second, title="Pump replaced, still warm")
        source.shot = snapshot(orders=(first, changed, *others))
        await tab.until("document.querySelector('#repairs').textContent.includes('Pump replaced')")
        assert await tab.value("document.activeElement.mine === true")
        assert await tab.value(
            "document.querySelector('article:not([hidden]) h1').textContent.includes('Pump')"
        )


async def test_a_point_that_goes_bad_loses_its_number() -> None:
    source = FakeSource()
    async with page(source, "points") as tab:
        row = "document.querySelector('[data-key=\"f11/active_power\"]')"
        assert re.search(r"5\s120", await tab.value(f"{row}.textContent"))
        bad = tuple(
            msgspec.structs.replace(p, quality=INVALID | OLD, words=describe(INVALID | OLD))
            if p.point == "f11/active_power"
            else p
            for p in source.shot.points
        )
        source.shot = snapshot(points=bad)
        await tab.until(
            f"{row}.textContent.includes('no value') && {row}.textContent.includes('invalid (old)')"
        )


async def test_a_gateway_that_goes_and_returns_is_told_and_recovers_by_itself() -> None:
    source = FakeSource()
    async with page(source) as tab:
        assert await tab.value("document.querySelector('.banner.down')") is None
        source.down = "no gateway at that socket"
        await tab.until(
            "document.querySelector('.banner.down')?.textContent.includes('no gateway at that socket')"
        )
        source.down = ""
        await tab.until("!document.querySelector('.banner.down')")
        assert await tab.value("document.querySelectorAll('.pane').length") > 1


async def test_state_older_than_five_real_seconds_greys_and_past_thirty_every_pane_says_so() -> None:
    async with page(FakeSource()) as tab:
        seen = (
            "[document.body.classList.contains('feed-stale'),"
            " [...document.querySelectorAll('[data-note]')].filter((note) => !note.hidden).length]"
        )
        now_ms = await tab.value("Number(document.body.dataset.nowMs)")
        for feed_s, expected in ((4, [False, 0]), (6, [True, 0]), (31, [True, 5])):
            beat = f"hear({{ now_ms: {now_ms}, factor: 1440, feed_s: {feed_s} }}); tick(); return {seen};"
            assert await tab.value(f"(async () => {{ {IMPORTS} {beat} }})()") == expected


async def test_an_age_runs_at_the_pace_of_the_gateways_clock_and_greys_by_real_time() -> None:
    async with page(FakeSource(), "points") as tab:
        script = """(async () => {
            IMPORTS
            const row = document.querySelector('[data-key="f11/active_power"]');
            const time = row.querySelector('time'); const at = Number(time.dataset.at);
            const seen = [];
            for (const [factor, age_s] of [[1440, 7100], [1440, 7400], [1, 4], [1, 6]]) {
                hear({ now_ms: at + age_s * 1000, factor, feed_s: 0 }); tick();
                seen.push([time.textContent, row.classList.contains('stale')]);
            }
            return seen;
        })()""".replace("IMPORTS", IMPORTS)
        assert await tab.value(script) == [
            ["1 h 58 min", False],
            ["2 h 3 min", True],
            ["4 s", False],
            ["6 s", True],
        ]


async def test_a_value_grows_old_and_greys_while_the_gateway_answers_and_reads_nothing_new() -> None:
    source = FakeSource()
    async with page(source, "points") as tab:
        row = "document.querySelector('[data-key=\"f11/active_power\"]')"
        await tab.until(f"!{row}.classList.contains('stale')")
        source.shot = snapshot(now_ns=NOW + 30 * S)
        await tab.until(
            f"{row}.classList.contains('stale') && parseInt({row}.querySelector('time').textContent) > 30"
        )
        await tab.until("document.querySelector('.banner.down')?.textContent.includes('Nothing new for')")
        source.shot = snapshot()
        await tab.until("!document.querySelector('.banner.down')")


async def test_a_point_that_was_never_read_has_no_age() -> None:
    source = FakeSource()
    first, *others = source.shot.points
    source.shot = snapshot(points=(msgspec.structs.replace(first, at_ns=None), *others))
    async with page(source, "points") as tab:
        row = f"document.querySelector('[data-key=\"{first.point}\"]')"
        assert await tab.value(f"[{row}.querySelectorAll('time').length, {row}.cells[3].textContent]") == [
            0,
            "never read",
        ]


async def test_the_browser_words_durations_as_the_server_does() -> None:
    seconds = [
        0,
        4.9,
        59.9,
        60,
        200,
        3599,
        3600,
        12_360,
        86_399,
        86_400,
        140_400,
        604_799,
        604_800,
        9_000_000,
    ]
    async with page(FakeSource()) as tab:
        words = await tab.value(
            f"import('/static/words.js').then(({{ duration }}) => {seconds}.map((each) => duration(each)))"
        )
        assert words == [duration(each) for each in seconds]


async def test_every_element_that_takes_focus_has_a_name_and_every_picture_a_label() -> None:
    async with page(FakeSource()) as tab:
        nameless = await tab.value(
            "[...document.querySelectorAll('a[href], button, [tabindex=\"0\"], section, dialog')]"
            ".filter((e) => !(e.textContent.trim() || e.ariaLabel || e.getAttribute('aria-label'))).length"
            " + [...document.querySelectorAll('svg')].filter((e) => e.getAttribute('aria-hidden') !== 'true'"
            " && !e.getAttribute('aria-label')).length"
            " + [...document.querySelectorAll('th')].filter((e) => !e.hasAttribute('scope')).length"
        )
        assert nameless == 0


async def test_words_stand_out_from_their_ground_in_light_and_dark() -> None:
    contrast = """(() => {
        const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
        const light = (rgb) => { const [r, g, b] = rgb.match(/\\d+/g).map(Number).map(channel);
            return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const ground = (e) => { for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor; if (!c.endsWith(', 0)')) return c; } };
        const worst = [];
        for (const e of document.querySelectorAll('main *, header *')) {
            const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.nodeValue.trim());
            if (!own || e.closest('svg') || !e.checkVisibility() || e.closest('.stale')) continue;
            const [a, b] = [light(getComputedStyle(e).color), light(ground(e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            if (ratio < 4.5) worst.push(`${e.tagName}.${e.className} ${ratio.toFixed(2)}`);
        }
        return worst;
    })()"""
    async with page(FakeSource()) as tab:
        await tab.until("document.querySelector('time[data-beat]').textContent === '0 s'")
        assert await tab.value(contrast) == []
        await tab.dark()
        assert await tab.value(contrast) == []
