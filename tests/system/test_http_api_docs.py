"""The curl commands in docs/http-api.md do what the document says, against a real server."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from aios.api.front import Front
from aios.api.serve import serve
from tests.architecture.sources import ROOT
from tests.fakes.nord_entries import FakeEntries
from tests.fakes.snapshots import FakeSource
from tests.unit.aios.api.v1.asking import asking_source, known

pytestmark = pytest.mark.system
TEXT = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@asynccontextmanager
async def served(source: FakeSource, front: Front | None) -> AsyncIterator[str]:
    """Serve a desk on a free port; yield its address."""
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(
        serve(source, ready=url.set_result, entries=FakeEntries(), named="nord", front=front)
    )
    try:
        yield (await url).rstrip("/")
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def run(block: str, url: str, folder: Path) -> str:
    """Run a block against a desk; return what it wrote."""
    script = block.replace("http://127.0.0.1:8080", url)
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", script),
        cwd=folder,
        env=os.environ | {"TOKEN": "emil"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    written, _ = await process.communicate()
    assert process.returncode == 0, written.decode()
    return written.decode()


@pytest.mark.parametrize("front", [None, known()], ids=["without accounts", "with accounts"])
async def test_the_commands_that_read_are_answered(front: Front | None, tmp_path: Path):
    reading = [one for one in BLOCKS if "POST" not in one and "--max-time" not in one]
    assert reading
    async with served(asking_source(), front) as url:
        for block in reading:
            shown = block.replace("--silent", '--silent -H "Authorization: Bearer $TOKEN"')
            told = await run(block if front is None else shown, url, tmp_path)
            assert '"site":"nord"' in told
            assert '"point":"grid/active_power"' in told


async def test_the_command_that_acts_is_taken(tmp_path: Path):
    acting = [one for one in BLOCKS if "POST" in one]
    source = asking_source()
    async with served(source, known()) as url:
        told = [await run(block, url, tmp_path) for block in acting]
    assert all('"stage":"taken"' in one for one in told)
    assert len(source.told) == len(acting) > 0


async def test_the_command_that_follows_hears_that_the_desk_lives(tmp_path: Path):
    (following,) = [one for one in BLOCKS if "--max-time" in one]
    async with served(asking_source(), None) as url:
        assert "event: beat" in await run(following, url, tmp_path)
