import msgspec
import pytest
from structlog.testing import capture_logs

from drivers.historian import columns, documents
from drivers.historian.batch import Gap, batch_of, columns_of
from drivers.historian.delivery import Delivery, Moved
from drivers.historian.outbox import Outbox, OutboxReader
from drivers.historian.quarantine import Quarantine, Refusal
from drivers.historian.sink import Answer, Down, HistoryDown, HistoryRefused, HistorySink, Refused, Stored
from tests.unit.drivers.historian.outbox_samples import POINTS, SECOND, order, reading


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


def delivery_over(directory, sink) -> Delivery:
    return Delivery(OutboxReader(directory, sink.name, most_rows=sink.most_rows), sink)


async def test_a_batch_stays_until_its_sink_accepts_it(tmp_path, outbox):
    sink = ScriptedSink(Down(reason="away"), Down(reason="away"))
    delivery = delivery_over(tmp_path, sink)
    steps = [await delivery.step() for _ in range(5)]
    assert steps == [Moved.HELD, Moved.HELD, Moved.ON, Moved.ON, Moved.IDLE]
    assert sink.taken == [1.0, 2.0]


class Fussy:
    """A sink that refuses every batch with a value of its list, or a document, and says no more."""

    name, most_rows = "history", 100

    def __init__(self, *values: float, documents: tuple[str, ...] = (), names: bool = False) -> None:
        self.values, self.ids, self.names = set(values), documents, names
        self.taken: list[float] = []
        self.documents: list[str] = []
        self.offers = 0

    async def accept(self, batch) -> Answer:
        self.offers += 1
        values = [float(value) for block in batch.blocks for value in block.value]
        failing = [place for place, value in enumerate(values) if value in self.values]
        if failing:
            return Refused(reason="no such value", rows=tuple(failing) if self.names else ())
        if any(document.id in self.ids for document in batch.documents):
            return Refused(reason="no such document")
        self.taken += values
        self.documents += [document.id for document in batch.documents]
        return Stored(rows=batch.rows, documents=len(batch.documents))

    async def close(self) -> None:
        """Nothing to let go."""


async def run_dry(delivery) -> None:
    for _ in range(500):
        if await delivery.step() is not Moved.ON:
            return
    pytest.fail("there is no end of what is told to the sink")


@pytest.mark.parametrize("names", [True, False], ids=["named by the sink", "found by halving"])
async def test_only_the_rows_that_fail_are_set_aside_with_the_reason(tmp_path, names):
    outbox = Outbox(tmp_path, POINTS)
    for second in range(12):
        outbox.append([reading(second, rows=3)], [order(second)])
    sink = Fussy(3.0, 7.0, documents=("order-5",), names=names)
    delivery = delivery_over(tmp_path, sink)
    await run_dry(delivery)
    assert sorted(sink.taken) == [
        float(second) for second in range(12) if second not in {3, 7} for _ in "abc"
    ]
    assert sink.documents == [f"order-{second}" for second in range(12) if second != 5]
    kept = delivery._reader.quarantine.entries()
    assert {(entry.why, entry.rows, entry.documents) for entry in kept} == {
        ("no such value", 6, 0),
        ("no such document", 0, 1),
    }
    standing = delivery.standing()
    assert (standing.refused_batches, standing.refused_rows, standing.refused_documents) == (2, 6, 1)
    assert standing.behind_rows == 0


async def test_one_bad_row_costs_few_offers(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(second, rows=100) for second in range(100)])
    sink = Fussy(42.0)
    delivery = delivery_over(tmp_path, sink)
    await run_dry(delivery)
    assert len(sink.taken) == 9900
    assert sink.offers < 2 * 100 + 2 * 14


async def test_what_was_refused_goes_in_when_a_person_asks_and_the_sink_takes_it(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(1), reading(2)])
    sink = Fussy(2.0)
    delivery = delivery_over(tmp_path, sink)
    await run_dry(delivery)
    quarantine = delivery._reader.quarantine
    (entry,) = quarantine.entries()
    assert quarantine.ask_again([entry.id]) == 1
    await run_dry(delivery)
    (again,) = quarantine.entries()
    assert (again.tries, again.again, again.rows) == (1, False, 3)
    sink.values.clear()
    quarantine.ask_again([again.id])
    await run_dry(delivery)
    assert (sink.taken, quarantine.entries()) == ([1.0] * 3 + [2.0] * 3, ())


async def test_what_a_person_drops_is_a_gap_that_the_sink_is_told_once(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(1), reading(2)])
    delivery = delivery_over(tmp_path, Fussy(2.0))
    await run_dry(delivery)
    quarantine = delivery._reader.quarantine
    (entry,) = quarantine.entries()
    with pytest.raises(ValueError, match="say why"):
        quarantine.drop([entry.id], " ")
    assert quarantine.drop([entry.id], "the meter was on the bench") == 1
    told = []

    class Listening(Fussy):
        async def accept(self, batch):
            told.extend(batch.gaps)
            return await super().accept(batch)

    delivery._sink = Listening()
    await run_dry(delivery)
    await run_dry(delivery)
    assert told == [Gap(3, 2 * SECOND, 2 * SECOND)]
    assert quarantine.held().dropped_rows == 3


class NoGaps(Fussy):
    """A sink that takes no record of a gap until it is mended."""

    is_mended = False
    gaps: tuple[Gap, ...] = ()

    async def accept(self, batch) -> Answer:
        if batch.gaps and not self.is_mended:
            self.offers += 1
            return Refused(reason="no such table")
        self.gaps += batch.gaps
        return await super().accept(batch)


async def test_a_gap_that_the_sink_refuses_is_not_told_and_holds_nothing_up(tmp_path):
    outbox = Outbox(tmp_path, POINTS)
    outbox.append([reading(1), reading(2)])
    delivery = delivery_over(tmp_path, Fussy(2.0))
    await run_dry(delivery)
    quarantine = delivery._reader.quarantine
    quarantine.drop([quarantine.entries()[0].id], "the meter was on the bench")
    sink = delivery._sink = NoGaps()
    with capture_logs() as logs:
        for _ in range(3):
            await run_dry(delivery)
    assert [entry["event"] for entry in logs] == ["sink.refused_gaps"], "offered once in a life"
    outbox.append([reading(3)])
    await run_dry(delivery)
    assert (sink.offers, sink.taken) == (2, [3.0] * 3)
    sink.is_mended = True
    await run_dry(delivery_over(tmp_path, sink))  # the next start
    assert sink.gaps == (Gap(3, 2 * SECOND, 2 * SECOND),)


async def test_a_gap_of_the_outbox_that_the_sink_refuses_waits_in_the_quarantine(tmp_path):
    outbox, sink = Outbox(tmp_path, POINTS), NoGaps()
    outbox.lost(Gap(7, SECOND, SECOND))
    outbox.append([reading(2)])
    delivery = delivery_over(tmp_path, sink)
    await run_dry(delivery)
    quarantine = delivery._reader.quarantine
    assert (sink.taken, quarantine.entries(), quarantine.held().dropped_rows) == ([2.0] * 3, (), 0)
    sink.is_mended = True
    await run_dry(delivery_over(tmp_path, sink))
    assert sink.gaps == (Gap(7, SECOND, SECOND),)


async def test_a_full_quarantine_drops_its_oldest_rows_with_a_gap_and_no_document(tmp_path):
    reader = OutboxReader(tmp_path, "history")
    quarantine = Quarantine(reader._cursor._connection, most_entries=3)
    batches = [batch_of((), [], [order(0)]), *[batch_of((), [reading(second)]) for second in range(1, 6)]]
    for batch in batches:
        quarantine.keep(Refusal(batch, "no"))
    assert [(entry.rows, entry.documents) for entry in quarantine.entries()] == [(0, 1), (3, 0), (3, 0)]
    assert quarantine.held().dropped_rows == 9
    assert [gap.first_ns // SECOND for gap in quarantine.untold()[1]] == [1, 2, 3]


async def test_what_version_0_1_set_aside_is_in_the_quarantine(tmp_path):
    reader = OutboxReader(tmp_path, "history")
    connection = reader._cursor._connection
    connection.execute(
        "CREATE TABLE set_aside (segment, number, why, columns BLOB, documents BLOB, blocks BLOB)"
    )
    body = [
        msgspec.msgpack.encode(columns_of(POINTS)),
        documents.pack([order(1)]),
        columns.pack([reading(4)]),
    ]
    connection.execute("INSERT INTO set_aside VALUES (1, 2, 'NaN', ?, ?, ?)", body)
    reader.close()
    (entry,) = OutboxReader(tmp_path, "history").quarantine.entries()
    assert (entry.why, entry.rows, entry.documents, entry.first_ns) == ("NaN", 3, 1, 4 * SECOND)


async def test_a_loss_is_logged_once_and_a_return_once(tmp_path, outbox):
    delivery = delivery_over(tmp_path, ScriptedSink(*[Down(reason="away")] * 5))
    with capture_logs() as logs:
        for _ in range(8):
            await delivery.step()
    assert [entry["event"] for entry in logs] == ["sink.lost", "sink.returned"]


async def test_the_standing_tells_how_far_behind_a_sink_is(tmp_path, outbox):
    delivery = delivery_over(tmp_path, ScriptedSink(Down(reason="away")))
    await delivery.step()
    down = delivery.standing()
    assert (down.up, down.why_down, down.behind_rows, down.behind_s) == (False, "away", 6, 1.0)
    await delivery.step()
    await delivery.step()
    up = delivery.standing()
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
