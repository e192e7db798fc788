"""The control room on a free port, and a browser before it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from aios.api.front import Front
from aios.api.serve import serve
from aios.control_room.source import SocketSource
from tests.fakes.browser import Tab, browser
from tests.fakes.nord import assets
from tests.fakes.snapshots import FakeSource


@asynccontextmanager
async def serving(source: FakeSource | SocketSource, *, front: Front | None = None) -> AsyncIterator[str]:
    """The control room on a free port, ended in order."""
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    running = asyncio.create_task(serve(source, assets=assets(), ready=address.set_result, front=front))
    try:
        yield await address
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


@asynccontextmanager
async def page(source: FakeSource, path: str = "") -> AsyncIterator[Tab]:
    async with serving(source) as url, browser() as tab:
        await tab.open(url + path)
        yield tab
