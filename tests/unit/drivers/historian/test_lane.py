import pytest
from structlog.testing import capture_logs

from drivers.historian.lane import Lane, Moved
from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.sink import Answer, Down, HistoryDown, HistoryRefused, HistorySink, Refused, Stored
from tests.unit.drivers.historian.outbox_samples import POINTS, order, reading


class ScriptedSink:
    """Answers as it was told, then takes everything."""

    name, most_rows = "history", 1

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.taken: list[float] = []

    async def accept(self, batch) -> Answer:
        if self.answers:
            return self.answers.pop(0)
        self.taken += [float(block.value[0]) for block in batch.blocks]
        return Stored(rows=batch.rows, documents=len(batch.documents))

    async def close(self) -> None:
        """Nothing to let go."""


@pytest.fixture
def outbox(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(1)], [order(1)])
    outbox.append([reading(2)])
    return outbox


def lane_over(directory, sink) -> Lane:
    return Lane(OutboxReader(directory, sink.name, most_rows=1), sink)


async def test_a_batch_stays_until_its_sink_accepts_it(tmp_path, outbox):
    sink = ScriptedSink(Down(reason="away"), Down(reason="away"))
    lane = lane_over(tmp_path, sink)
    steps = [await lane.step() for _ in range(5)]
    assert steps == [Moved.HELD, Moved.HELD, Moved.ON, Moved.ON, Moved.IDLE]
    assert sink.taken == [1.0, 2.0]


async def test_a_batch_that_is_refused_for_ever_does_not_stop_the_next(tmp_path, outbox):
    sink = ScriptedSink(Refused(reason="NaN"))
    lane = lane_over(tmp_path, sink)
    assert [await lane.step() for _ in range(2)] == [Moved.ON, Moved.ON]
    assert sink.taken == [2.0]
    assert lane.standing().refused_batches == 1


async def test_a_loss_is_logged_once_and_a_return_once(tmp_path, outbox):
    lane = lane_over(tmp_path, ScriptedSink(*[Down(reason="away")] * 5))
    with capture_logs() as logs:
        for _ in range(8):
            await lane.step()
    assert [entry["event"] for entry in logs] == ["sink.lost", "sink.returned"]


async def test_the_standing_tells_how_far_behind_a_sink_is(tmp_path, outbox):
    lane = lane_over(tmp_path, ScriptedSink(Down(reason="away")))
    await lane.step()
    down = lane.standing()
    assert (down.up, down.why_down, down.behind_rows, down.behind_s) == (False, "away", 6, 1.0)
    await lane.step()
    await lane.step()
    up = lane.standing()
    assert (up.up, up.behind_rows, up.rows, up.documents) == (True, 0, 6, 1)


@pytest.mark.parametrize(
    ("error", "answer"),
    [(HistoryDown("x"), Down(reason="x")), (HistoryRefused("y"), Refused(reason="y"))],
    ids=["down", "refused"],
)
async def test_a_database_that_fails_answers_instead_of_raising(tmp_path, outbox, error, answer):
    class Failing:
        async def store(self, batch):
            raise error

        async def close(self):
            """Nothing to let go."""

    batch = OutboxReader(tmp_path, "history").next_batch()
    assert await HistorySink(Failing()).accept(batch) == answer
