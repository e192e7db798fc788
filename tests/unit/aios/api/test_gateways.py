"""A desk of several gateways: the list says which one needs a person first, and each has its own pages."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from aios.api.app import desk_app
from aios.api.pages import Pages, pages_of
from aios.control_room.site_views import site_view
from aios.control_room.views.gateways import gateways
from tests.fakes.nord import assets
from tests.fakes.snapshots import FakeSource, calm, snapshot
from tests.unit.aios.api.v1.asking import as_, known


def desk() -> tuple[Pages, Pages, FakeSource]:
    """A calm gateway and one with alarms, in this order."""
    quiet, loud = FakeSource(calm()), FakeSource(snapshot(site="west", title="Substation West"))
    made = [
        pages_of(site_view(source, named=name), assets(), root=f"/desk/{name}")
        for source, name in ((quiet, "nord"), (loud, "west"))
    ]
    return made[0], made[1], loud


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    quiet, loud, _ = desk()
    for pages in (quiet, loud):
        await pages.view.feed.poll()
    transport = httpx.ASGITransport(desk_app((quiet, loud)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as made:
        yield made


async def test_the_one_with_alarms_stands_before_the_calm_one_and_leads_to_its_pages(
    client: httpx.AsyncClient,
) -> None:
    html = (await client.get("/")).text
    assert 0 < html.index('href="/desk/west/"') < html.index('href="/desk/nord/"')


async def test_every_link_of_a_page_stays_with_its_gateway(client: httpx.AsyncClient) -> None:
    html = (await client.get("/desk/west/alarms")).text
    assert 'data-root="/desk/west"' in html
    assert 'href="/desk/west/approvals"' in html
    assert 'href="/approvals"' not in html
    assert (await client.get("/alarms")).status_code == 404


async def test_one_that_does_not_answer_comes_first_and_says_so() -> None:
    quiet, loud, source = desk()
    await quiet.view.feed.poll()
    await loud.view.feed.poll()
    source.down = "no socket"
    await loud.view.feed.poll()
    first, second = gateways([(one.view.site, one.sight(), one.place) for one in (quiet, loud)])
    assert (first.site, first.severity) == ("west", "p1")
    assert first.state.endswith("no socket")
    assert (second.site, second.severity, second.unseen, second.questions) == ("nord", "", 0, 0)


@pytest.mark.parametrize("path", ["/api/v1/snapshot", "/metrics", "/desk/west/", "/api/v1/sites/west/points"])
async def test_who_may_read_one_site_sees_nothing_of_another(path: str) -> None:
    quiet, loud, _ = desk()
    for pages in (quiet, loud):
        await pages.view.feed.poll()
    transport = httpx.ASGITransport(desk_app((loud, quiet), front=known()))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        emil = await client.get(path, headers=as_("emil"))
        anton = await client.get(path, headers=as_("anton"))
        listed = await client.get("/", headers=as_("emil"))
    assert (emil.status_code, anton.status_code) == (403, 200)
    assert "emil" in emil.json()["detail"]
    assert ("/desk/nord/" in listed.text, "/desk/west/" in listed.text) == (True, False)
