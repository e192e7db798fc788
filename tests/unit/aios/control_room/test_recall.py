"""The page of a point's past: drawn from the history, in words where there is none, in time."""

import re
import time

import httpx
import numpy as np
import pytest

from aios.api.app import make_app
from aios.control_room.feed import Feed
from aios.control_room.recall import FolderRecall, NothingRecalled, Recalled
from drivers.historian.batch import Gap
from drivers.historian.sqlite import SqliteHistorian
from kernel.measurement import block
from kernel.quality import GOOD, INVALID
from tests.contract.check_historian import POINTS, POWER, T0
from tests.fakes.nord import assets
from tests.fakes.snapshots import FakeSource

SECOND = 10**9


@pytest.fixture
async def folder(tmp_path):
    historian = SqliteHistorian(tmp_path / "history.sqlite", POINTS)
    count = 3600
    quality = np.where((np.arange(count) // 600) == 2, INVALID, GOOD).astype(np.uint16)
    rows = np.zeros(count, dtype=np.int32)
    await historian.append([block(rows, np.full(count, 61.5), quality, at_ns=T0 + np.arange(count) * SECOND)])
    await historian.close()
    return tmp_path


async def page(recall, path):
    feed = Feed(FakeSource())
    await feed.poll()
    transport = httpx.ASGITransport(make_app(FakeSource(), assets(), feed=feed, recall=recall))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as asking:
        return await asking.get(path)


async def test_the_page_draws_the_past_with_its_hole_and_its_figures(folder):
    answer = await page(FolderRecall(folder), f"/history/{POWER}?last=1h")
    assert answer.status_code == 200
    assert 'class="hole"' in answer.text
    assert 'class="mean"' in answer.text
    assert "61.50" in answer.text
    assert "83.3 % good" in answer.text
    assert "style=" not in answer.text


async def test_what_is_not_kept_is_said_and_is_no_success(folder, tmp_path):
    unknown = await page(FolderRecall(folder), "/history/f99/current")
    assert (unknown.status_code, "nothing is kept of f99/current" in unknown.text) == (404, True)
    none = await page(FolderRecall(tmp_path / "empty"), f"/history/{POWER}")
    assert (none.status_code, "no history" in none.text) == (503, True)
    wrong = await page(FolderRecall(folder), f"/history/{POWER}?last=forever")
    assert wrong.status_code == 422


async def test_a_name_from_outside_is_shown_as_text(folder):
    answer = await page(FolderRecall(folder), "/history/%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in answer.text


async def test_a_history_that_hangs_is_told_of_in_time(folder, monkeypatch):
    recall = FolderRecall(folder, patience_s=0.05)
    monkeypatch.setattr(recall, "_ask", lambda point, last_s: time.sleep(0.3))
    found = await recall.recall(POWER, 60.0)
    assert found == NothingRecalled("the history gave no answer in 0.05 s")


async def test_lost_rows_are_marked_in_the_chart(folder):
    found = await FolderRecall(folder).recall(POWER, 3600.0)
    assert isinstance(found, Recalled)

    class Lossy:
        async def recall(self, point, last_s):
            return Recalled(outline=found.outline, gaps=(Gap(12, T0, T0 + 60 * SECOND),))

    answer = await page(Lossy(), f"/history/{POWER}")
    assert 'class="lost"' in answer.text
    assert "12 rows lost" in re.sub(r"\s", " ", answer.text)


async def test_every_point_of_the_assets_page_leads_to_its_past():
    answer = await page(None, "/points")
    assert 'href="/history/bat1/active_power"' in answer.text
