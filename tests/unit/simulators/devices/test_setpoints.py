"""A device of any writable map: whole values, bounds, sequence, timers."""

import pytest

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.entry import Table
from drivers.modbus.map import as_map, load_map
from drivers.modbus.map_file import read_map_text
from simulators.devices.behaviour.planned import PlannedBehaviour
from simulators.devices.setpoints import SetpointDevice

POINT = """
[[points]]
quantity = "{name}"
unit = "1"
table = "holding"
address = {address}
type = "u16"
scale = 0.1
access = "read_write"
[points.writing]
low = 0.0
high = 100.0
safe_value = 20.0
on_loss = "hold"
"""
MEASURED = '[[points]]\nquantity = "flow"\nunit = "1"\ntable = "input"\naddress = 0\ntype = "u16"\n'
PAIR = POINT.format(name="lift", address=4) + POINT.format(name="lead", address=5) + MEASURED


def device(text=PAIR, **planned):
    return SetpointDevice(
        as_map("own", read_map_text(f'title="t"\nsource="s"\n{text}', "own")), PlannedBehaviour(**planned)
    )


def test_it_begins_at_its_safe_values_and_shows_and_does_what_is_written():
    valve = device()
    assert valve.actuation(0) == {"lift": 20.0, "lead": 20.0}
    valve.write(Table.HOLDING, 4, [505, 10], 0)
    assert valve.read(Table.HOLDING, 4, 2, 1) == [505, 10]
    assert valve.actuation(1) == {"lift": 50.5, "lead": 1.0}
    assert [(one.quantity, one.value) for one in valve.journal] == [("lift", 50.5), ("lead", 1.0)]


@pytest.mark.parametrize(("address", "values"), [(3, [1, 1]), (5, [1, 1]), (90, [1])])
def test_registers_that_are_nobodys_are_refused(address, values):
    valve = device()
    with pytest.raises(IllegalAddress):
        valve.write(Table.HOLDING, address, values, 0)
    assert valve.journal == ()


def test_one_value_outside_its_bounds_refuses_the_whole_write():
    valve = device()
    with pytest.raises(IllegalValue, match=r"lead 100\.1"):
        valve.write(Table.HOLDING, 4, [100, 1001], 0)
    assert valve.actuation(0) == {"lift": 20.0, "lead": 20.0}
    assert valve.read(Table.HOLDING, 4, 2, 1) == [200, 200]


def test_it_measures_what_it_is_told_and_never_its_set_points():
    valve = device()
    valve.sense({"flow": 7.0, "lift": 99.0}, 0)
    assert (valve.read(Table.INPUT, 0, 1, 0), valve.read(Table.HOLDING, 4, 1, 0)) == ([7], [200])


def test_it_follows_after_a_delay_and_at_a_rate():
    valve = device(delay_s=1.0, ramp_per_s=10.0)
    valve.write(Table.HOLDING, 4, [500], 0)
    assert [valve.actuation(second * 10**9)["lift"] for second in (1, 2, 4, 9)] == [20.0, 30.0, 50.0, 50.0]


BLOCK = PAIR.replace(
    'on_loss = "hold"',
    'on_loss = "let_revert"\nrenew_s = 20.0\nreversion_s = 60.0\nreversion_value = 30.0\nsequence = "seen"',
    1,
)
BLOCK = BLOCK.replace(
    '[[points]]\nquantity = "lead"',
    "[points.companions]\n"
    'sequence = { address = 3, type = "u16" }\n'
    'reversion_s = { address = 2, type = "u16" }\n'
    '[[points]]\nquantity = "seen"\nunit = "1"\ntable = "input"\naddress = 9\ntype = "u16"\n'
    'kind = "counter"\n'
    '[[points]]\nquantity = "lead"',
)


def test_a_value_goes_with_its_companions_or_not_at_all_and_each_number_once():
    valve = device(BLOCK)
    with pytest.raises(IllegalAddress):
        valve.write(Table.HOLDING, 4, [500], 0)
    valve.write(Table.HOLDING, 2, [60, 1, 500], 0)
    valve.write(Table.HOLDING, 2, [60, 1, 700], 0)
    assert (valve.actuation(0)["lift"], valve.read(Table.INPUT, 9, 1, 0)) == (50.0, [1])
    assert valve.actuation(59_999_999_999)["lift"] == 50.0
    assert valve.actuation(60_000_000_000)["lift"] == 0.0


@pytest.mark.parametrize("name", ["sma_modbus", "sungrow_sg", "huawei_sun2000"])
def test_the_maps_of_vendors_make_devices(name):
    made = SetpointDevice(load_map(name))
    assert made.actuation(0).keys() == {e.quantity for e in load_map(name).entries if e.writing is not None}
