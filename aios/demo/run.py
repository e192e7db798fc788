"""Running the demo: raise the curtain, listen to the gateway, act as the dispatcher, sum up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec

from aios.demo.heard import DayHeard
from aios.demo.report import NoCourse, write_day
from aios.demo.stage import SITE, Cast, cast, lower_curtain, raise_curtain
from aios.demo.stories import Stories
from aios.demo.view import DemoView
from aios.field.world import TRUTH
from aios.folder import Folder
from aios.virtual.summary import Summary, summary_of
from kernel.shell.socket import Client, GatewayAway, connect
from kernel.shell.wire import GetSnapshot, PutRequest, Snapshot, Stop
from kernel.site import Site
from simulators.scenario import PlannedRequest, Scenario, scenario_of
from simulators.truth import Truth

LOOK_S: Final = 0.1
"""Real seconds between two looks at the gateway."""
CONNECT_S: Final = 10.0


class DemoFailed(RuntimeError):
    """A process of the demo ended too early; the message says which and where its log is."""


class Demo:
    """One day of a substation."""

    def __init__(self, site: Site, text: str, root: Path, *, page: bool) -> None:
        """Prepare a run in a fresh folder."""
        self.site = site
        self.root = root
        self._scenario: Scenario = scenario_of(site)
        self._cast: Cast = cast(site, text, root, page=page)
        self._stories = Stories(site.time_zone)
        self._heard = DayHeard(site, self._scenario)
        self.last: Snapshot | None = None

    async def run(
        self, view_of: Callable[[str], DemoView], curtain: Callable[[Summary, Path], Awaitable[None]]
    ) -> frozenset[str]:
        """Live through the day; return the names of the stories that were told.

        Args:
            view_of: makes the view, given the page's address (empty without a page).
            curtain: is given the day's summary and its report; the processes live on until it returns.

        Raises:
            DemoFailed: a process ended too early.
        """
        try:
            view = view_of(await raise_curtain(self._cast))
            client = await self._connect()
            await self._live(client, view)
            summary, report = await asyncio.to_thread(self._sum_up)
            await curtain(summary, report)
            await client.ask(Stop())
            await client.close()
            return self._stories.told
        finally:
            await lower_curtain(self._cast)

    async def _connect(self) -> Client:
        """Connect to the gateway's socket, which opens when its first tick comes."""
        async with asyncio.timeout(CONNECT_S):
            while True:
                try:
                    return await connect(Folder(root=self.root).socket)
                except GatewayAway:
                    await asyncio.sleep(LOOK_S)

    async def _live(self, client: Client, view: DemoView) -> None:
        """Look, tell, and ask what the scenario's people ask, until the day is over."""
        requests = list(self._scenario.requests)
        length_ns = self._scenario.end_ns - self._scenario.start_ns
        while True:
            snapshot = await self._look(client)
            self._heard.hear(snapshot)
            for line in self._stories.listen(snapshot):
                view.tell(line)
            view.show(snapshot, min(1.0, (snapshot.now_ns - self._scenario.start_ns) / length_ns))
            while requests and requests[0].at_ns <= snapshot.now_ns:
                await client.ask(_asked(requests.pop(0)))
            if snapshot.now_ns >= self._scenario.end_ns:
                return
            await asyncio.sleep(LOOK_S)

    async def _look(self, client: Client) -> Snapshot:
        for stage in self._cast.stages:
            if stage.ended is not None:
                raise DemoFailed(f"{stage.name} ended with code {stage.ended}; see {self.root / 'logs'}")
        answer = await client.ask(GetSnapshot())
        if not isinstance(answer, Snapshot):
            raise DemoFailed(f"the gateway answered {answer}")
        self.last = answer
        return answer

    def _sum_up(self) -> tuple[Summary, Path]:
        assert self.last is not None  # noqa: S101 - the day has passed
        truth = msgspec.json.decode((self.root / TRUTH).read_bytes(), type=Truth)
        summary = summary_of(self.site, self.root, truth, self.last)
        try:
            report = write_day(self.root, self.root / SITE, self._scenario, self._heard, summary)
        except NoCourse as missing:
            raise DemoFailed(str(missing)) from missing
        return summary, report


def _asked(request: PlannedRequest) -> PutRequest:
    return PutRequest(
        point=request.point,
        value=request.value,
        person=request.person,
        reason=request.reason,
        validity_s=600.0,
    )
