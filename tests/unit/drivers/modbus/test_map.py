from pathlib import Path

import pytest

from drivers.modbus.entry import Encoding, Table
from drivers.modbus.map import SHIPPED, load_map
from drivers.modbus.map_file import MapInvalid
from kernel.point import Kind, OnLoss, Operation

HEAD = 'title = "t"\nsource = "s"\n'


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "own.toml"
    path.write_text(HEAD + text)
    return path


@pytest.mark.parametrize("name", sorted(file.stem for file in SHIPPED.glob("*.toml")))
def test_every_shipped_map_is_sound_and_says_where_it_comes_from(name):
    shipped = load_map(name)
    assert shipped.title
    assert shipped.source
    assert all(point.unit for point in shipped.points("a"))


def test_the_four_devices_of_the_demonstration_have_maps():
    assert {file.stem for file in SHIPPED.glob("*.toml")} >= {
        "feeder_meter", "transformer_monitor", "battery_inverter", "breaker",
    }  # fmt: skip


def test_points_carry_the_asset_the_device_and_the_names_of_their_feedback():
    points = {point.name: point for point in load_map("breaker").points("cb15", "breaker_cb15")}
    close = points["cb15/close"]
    assert close.source == "breaker_cb15"
    assert close.writing.feedback == "cb15/position"
    assert close.writing.feedback_value == 2.0
    assert close.writing.operation is Operation.PULSE
    assert close.writing.on_loss is OnLoss.HOLD
    assert points["cb15/position"].kind is Kind.CODE
    assert points["cb15/position"].states == {0: "intermediate", 1: "open", 2: "closed", 3: "bad"}
    assert points["cb15/position"].writing is None


def test_the_set_point_of_the_inverter_names_its_sequence_and_its_reversion():
    points = {point.quantity: point for point in load_map("battery_inverter").points("bat1")}
    writing = points["active_power_setpoint"].writing
    assert writing.sequence == "bat1/setpoint_sequence"
    assert (writing.reversion_s, writing.reversion_value) == (900.0, 0.0)
    assert writing.on_loss is OnLoss.LET_REVERT
    # a company rule: renewed three to five times within the timer
    assert 3 <= writing.reversion_s / writing.renew_s <= 5


def test_a_map_beside_the_site_file_is_loaded_by_its_path(tmp_path):
    path = written(
        tmp_path, '[[points]]\nquantity = "x"\nunit = "1"\ntable = "input"\naddress = 7\ntype = "u16"\n'
    )
    own = load_map(path)
    assert (own.name, own.entries[0].table, own.entries[0].slot.encoding) == (
        "own",
        Table.INPUT,
        Encoding.U16,
    )


def test_an_unknown_map_names_the_shipped_ones():
    with pytest.raises(FileNotFoundError, match="breaker"):
        load_map("no_such_device")


def test_all_mistakes_of_form_are_listed_at_once(tmp_path):
    path = written(
        tmp_path,
        '[[points]]\nquantity = "a"\nunit = "1"\ntable = "inputs"\naddress = 70000\ntype = "u16"\n'
        '[[points]]\nquantity = "b"\nunit = "1"\ntable = "input"\naddress = 1\ntype = "u17"\n'
        'colour = "red"\n',
    )
    with pytest.raises(MapInvalid) as report:
        load_map(path)
    assert {fault.where for fault in report.value.faults} == {
        "a.table", "a.address", "b.type", "b.colour",
    }  # fmt: skip


MEANING = """
[[points]]
quantity = "a"
unit = "1"
table = "coil"
address = 0
type = "u16"
[[points]]
quantity = "b"
unit = "1"
table = "input"
address = 4
type = "f32"
scale = 0.0
not_implemented = 5
[[points]]
quantity = "c"
unit = "1"
table = "input"
address = 5
type = "u16"
kind = "code"
[[points]]
quantity = "c"
unit = "1"
table = "holding"
address = 9
type = "i16"
not_implemented = 40000
access = "read_write"
plausibility = { low = 2.0, high = 1.0 }
[points.writing]
low = 0.0
high = 1.0
safe_value = 3.0
on_loss = "hold"
feedback = "nowhere"
[points.companions]
sequence = { address = 11, type = "u16" }
"""


@pytest.mark.parametrize(
    "expected",
    [
        ("a", "type u16 cannot lie in table coil"),
        ("b", "scale 0 at address 4 makes every value equal"),
        ("b", "type f32 has no code for not implemented; leave it out"),
        ("c", "is declared 2 times"),
        ("c", "states belong to kind code, and a code has states"),
        ("c", "input 5 is taken by b already"),
        ("c", "not_implemented 40000 does not fit i16"),
        ("c", "plausibility low 2.0 is not below high 1.0"),
        ("c", "safe_value 3.0 is outside 0.0..1.0"),
        ("c", "feedback names nowhere, which is not in this map"),
        ("c", "one write cannot cover 9 and 11: not side by side"),
    ],
    ids=lambda fault: fault[1][:30],
)
def test_all_mistakes_of_meaning_are_listed_at_once(tmp_path, expected):
    with pytest.raises(MapInvalid) as report:
        load_map(written(tmp_path, MEANING))
    assert expected in {(fault.where, fault.text) for fault in report.value.faults}


def test_a_file_that_is_no_toml_is_a_finding(tmp_path):
    with pytest.raises(MapInvalid, match="file"):
        load_map(written(tmp_path, "[[points"))


@pytest.mark.parametrize(
    ("access", "writing", "text"),
    [
        ("read_write", "", "does not agree with the writing section"),
        ("read", '[points.writing]\nlow=0.0\nhigh=1.0\nsafe_value=0.0\non_loss="hold"\n', "does not agree"),
    ],
    ids=["writable without writing", "read-only with writing"],
)
def test_access_and_writing_agree(tmp_path, access, writing, text):
    path = written(
        tmp_path,
        '[[points]]\nquantity="x"\nunit="1"\ntable="holding"\naddress=0\ntype="u16"\n'
        f'access="{access}"\n{writing}',
    )
    with pytest.raises(MapInvalid, match=text):
        load_map(path)
