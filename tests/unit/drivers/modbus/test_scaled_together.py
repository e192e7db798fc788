"""A value that is asked for seldom is asked for together with its scale register."""

import pytest

from drivers.modbus.entry import Encoding, Entry, Factor, Poll, Slot, Table
from drivers.modbus.poll_period import PERIOD_S
from drivers.modbus.read_plan import plan_reads
from drivers.modbus.rota import Rota
from kernel.point import NANOSECONDS

SCALE = Factor(name="SF", table=Table.INPUT, slot=Slot(address=50, encoding=Encoding.I16))
SLOW_NS, STATIC_NS = (round(PERIOD_S[poll] * NANOSECONDS) for poll in (Poll.SLOW, Poll.STATIC))


def entry(address: int, poll: Poll, *, scaled: bool = True) -> Entry:
    slot = Slot(address=address, encoding=Encoding.U16, factor=SCALE if scaled else None)
    return Entry(quantity=f"q{address}", unit="1", table=Table.INPUT, slot=slot, poll=poll)


@pytest.mark.parametrize(
    ("entries", "every_ns"),
    [
        ([entry(0, Poll.SLOW)], (SLOW_NS, SLOW_NS)),
        ([entry(0, Poll.SLOW), entry(20, Poll.STATIC)], (SLOW_NS, SLOW_NS, SLOW_NS)),
        ([entry(0, Poll.SLOW), entry(20, Poll.STATIC, scaled=False)], (SLOW_NS, STATIC_NS, SLOW_NS)),
        ([entry(0, Poll.SLOW), entry(51, Poll.STATIC, scaled=False)], (SLOW_NS, SLOW_NS)),
    ],
    ids=["alone", "the slower with the faster", "others as they are", "the scale beside another"],
)
def test_no_count_is_kept_under_a_scale_that_was_read_later(entries, every_ns):
    assert Rota.of(plan_reads(entries), entries).every_ns == every_ns


def test_one_fast_value_makes_all_that_share_its_scale_fast():
    entries = [entry(0, Poll.SLOW), entry(20, Poll.FAST)]
    assert Rota.of(plan_reads(entries), entries) is None
