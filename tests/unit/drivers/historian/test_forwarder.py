import asyncio

from drivers.historian.backoff import Backoff
from drivers.historian.forwarder import Forwarder, run_forwarder
from drivers.historian.outbox import Outbox
from drivers.historian.sink import Down, Stored
from tests.unit.drivers.historian.outbox_samples import POINTS, StepClock, reading


class CountingSink:
    """Takes rows while it is up, and tells when it has enough."""

    most_rows = 1

    def __init__(self, name: str, *, enough: int, up: bool = True) -> None:
        self.name, self.up, self._left = name, up, enough
        self.offers = 0
        self.enough = asyncio.Event()
        self.closed = False

    async def accept(self, batch):
        self.offers += 1
        if not self.up:
            if self.offers == 12:
                self.enough.set()
            return Down(reason="away")
        self._left -= batch.rows
        if self._left <= 0:
            self.enough.set()
        return Stored(rows=batch.rows, documents=0)

    async def close(self) -> None:
        self.closed = True


def fill(directory, seconds: int) -> None:
    outbox = Outbox(directory, POINTS)
    for second in range(seconds):
        outbox.append([reading(second)])
    outbox.close()


async def test_a_dead_sink_does_not_hold_another_back(tmp_path):
    fill(tmp_path, 20)
    history, mqtt = CountingSink("history", enough=60), CountingSink("mqtt", enough=60, up=False)
    forwarder = Forwarder(tmp_path, [mqtt, history], clock=StepClock())
    running = asyncio.create_task(forwarder.run())
    await asyncio.gather(history.enough.wait(), mqtt.enough.wait())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    behind = {standing.sink: standing.behind_rows for standing in forwarder.standing()}
    assert behind == {"history": 0, "mqtt": 60}
    await forwarder.close()


async def test_pauses_double_up_to_a_limit_and_do_not_scale_with_the_clock(tmp_path):
    fill(tmp_path, 1)
    sink, clock = CountingSink("mqtt", enough=3, up=False), StepClock(factor=1440.0)
    forwarder = Forwarder(tmp_path, [sink], clock=clock, backoff=Backoff(first_s=0.5, longest_s=4.0))
    running = asyncio.create_task(forwarder.run())
    await sink.enough.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [pause / 1440.0 for pause in clock.pauses_s[:6]] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0]
    await forwarder.close()


async def test_a_cancelled_forwarder_closes_its_sinks(tmp_path):
    fill(tmp_path, 1)
    sink = CountingSink("history", enough=3)
    reports = []
    running = asyncio.create_task(
        run_forwarder(tmp_path, [sink], clock=StepClock(), on_standing=reports.append)
    )
    await sink.enough.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert sink.closed
    assert reports[0][0].sink == "history"


async def test_a_sink_that_left_the_site_file_is_forgotten(tmp_path):
    fill(tmp_path, 1)
    await Forwarder(tmp_path, [CountingSink("mqtt", enough=1)], clock=StepClock()).close()
    await Forwarder(tmp_path, [CountingSink("history", enough=1)], clock=StepClock()).close()
    assert [path.name for path in tmp_path.glob("cursor-*.sqlite")] == ["cursor-history.sqlite"]
