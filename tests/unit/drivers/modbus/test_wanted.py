"""How often a point comes is its scan and its poll class, as the driver then asks."""

import pytest

from drivers.modbus.entry import Access, Poll
from drivers.modbus.map import RegisterMap
from drivers.modbus.wanted import Wanted, wanted_of
from kernel.point import OnLoss, Writing
from tests.unit.drivers.modbus.test_asking import Registers, driver_of, entry


def of(*entries, scan_s: float | None = None, base_s: float = 1.0) -> Wanted:
    register_map = RegisterMap(name="m", title="m", source="", gap=0, entries=entries)
    return wanted_of(register_map, [*register_map.by_quantity], scan_s=scan_s, base_s=base_s)


def every_s(wanted: Wanted) -> dict[str, float]:
    return {quantity: wanted.point_s(quantity, wanted.reading_s) for quantity in wanted.request_of}


def test_each_point_is_wanted_as_its_class_says():
    wanted = of(*(entry(poll) for poll in Poll))
    assert wanted.reading_s == 1.0
    assert list(every_s(wanted).values()) == [1.0, 1.0, 30.0, 600.0]


def test_a_point_of_a_slow_class_comes_at_a_reading_of_its_device():
    assert every_s(of(entry(Poll.SLOW), entry(Poll.NORMAL), scan_s=20.0)) == {
        "slow_None": 40.0,
        "normal_None": 20.0,
    }
    assert of(entry(Poll.SLOW), entry(Poll.NORMAL)).point_s("slow_None", 60.0) == 60.0


def test_a_device_of_slow_points_is_wanted_no_more_often_than_they_are():
    assert of(entry(Poll.SLOW), entry(Poll.STATIC)).reading_s == 30.0
    assert of(entry(Poll.SLOW), scan_s=5.0).reading_s == 5.0


def test_what_lies_with_a_faster_point_comes_as_often_as_that():
    assert set(every_s(of(entry(Poll.SLOW, address=10), entry(Poll.NORMAL, address=11))).values()) == {1.0}


def test_what_is_only_written_is_read_by_nobody():
    writing = Writing(low=0.0, high=9.0, safe_value=0.0, on_loss=OnLoss.HOLD, feedback="normal_None")
    wanted = of(entry(Poll.NORMAL), entry(Poll.SLOW, access=Access.WRITE, writing=writing))
    assert list(wanted.request_of) == ["normal_None"]


@pytest.mark.parametrize("scan_s", [0.5, 1.0, 7.0, 20.0, 29.9, 45.0])
async def test_what_is_reckoned_is_what_the_driver_asks(scan_s, clock):
    link, entries = Registers(), [entry(poll) for poll in Poll]
    driver, times = driver_of(entries, link, clock), []
    while len(times) < 4:
        link.asked.clear()
        await driver.read()
        if 200 in link.asked:
            times.append(clock.ns)
        clock.pass_s(scan_s)
    wanted = of(*entries, scan_s=scan_s, base_s=0.1)
    assert (times[-1] - times[0]) / 3e9 == pytest.approx(wanted.point_s("slow_None", scan_s))
