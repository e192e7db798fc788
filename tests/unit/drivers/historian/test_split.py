import pytest

from drivers.historian import split as split_module
from drivers.historian.batch import Gap, batch_of
from drivers.historian.sink import Refused
from drivers.historian.split import Split
from tests.unit.drivers.historian.outbox_samples import POINTS, order, reading

NO = Refused(reason="no")


def batch(*seconds: int):
    return batch_of((), [reading(second) for second in seconds], [order(1)], [Gap(3, 1, 2)])


def refuse_all(split: Split) -> int:
    offers = 0
    while split.part is not None:
        split.refuse(NO)
        offers += 1
    return offers


def test_a_sink_that_refuses_everything_gets_every_row_once_and_all_is_set_aside_as_one():
    split = Split(batch(1, 2))
    assert refuse_all(split) <= 2 * (2 * len(POINTS) + 2)
    (refusal,) = split.refused()
    assert (refusal.batch.rows, len(refusal.batch.documents), len(refusal.batch.gaps)) == (6, 1, 1)


def test_after_too_many_offers_the_rest_is_set_aside_as_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(split_module, "MOST_OFFERS", 8)
    split = Split(batch(*range(64)))
    assert refuse_all(split) < 20
    assert sum(refusal.batch.rows for refusal in split.refused()) == 64 * 3


def test_rows_that_the_sink_names_cost_one_offer():
    split = Split(batch(1, 2))
    split.refuse(Refused(reason="no", rows=(1, 4)))
    assert split.part.rows == 4
    assert (len(split.part.documents), len(split.part.gaps)) == (1, 1)
    split.stored()
    assert split.part is None
    (refusal,) = split.refused()
    assert [int(block.index[0]) for block in refusal.batch.blocks] == [1, 1]


def test_each_reason_is_an_entry():
    split = Split(batch(1, 2))
    split.refuse(Refused(reason="not a number", rows=(0,)))
    split.refuse(Refused(reason="no such point", rows=(0, 1)))
    split.stored()
    assert [(refusal.why, refusal.batch.rows) for refusal in split.refused()] == [
        ("not a number", 1),
        ("no such point", 2),
    ]


def test_parts_are_offered_in_order():
    split, seen = Split(batch_of((), [reading(second) for second in range(4)])), []
    split.refuse(NO)
    while split.part is not None:
        seen += [block.value[0] for block in split.part.blocks]
        split.stored()
    assert seen == [0.0, 1.0, 2.0, 3.0]
