"""A field file: many devices from one entry, and every mistake before the first port is opened."""

import pytest

from drivers.modbus.entry import Table
from simulators.field.file import FieldInvalid, is_field_file, read_field


def written(folder, text):
    path = folder / "field.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_copies_take_ports_and_units_one_after_the_other(tmp_path):
    field = read_field(
        written(
            tmp_path,
            """
            [[device]]
            name = "meter"
            map = "feeder_meter"
            port = 20000
            copies = 3
            [[device]]
            name = "branch"
            map = "feeder_meter"
            protocol = "modbus-rtu-tcp"
            port = 21000
            unit = 5
            copies = 2
            [[device]]
            name = "alone"
            map = "breaker"
            """,
        )
    )
    places = [(one.device.name, one.device.port, one.device.unit) for one in field.served]
    assert places == [
        ("meter_1", 20000, 1), ("meter_2", 20001, 1), ("meter_3", 20002, 1),
        ("branch_1", 21000, 5), ("branch_2", 21000, 6), ("alone", 0, 1),
    ]  # fmt: skip


def test_a_device_shows_what_the_file_says_and_copies_move_each_at_its_own_moment(tmp_path):
    text = '[[device]]\nname="m"\nmap="transformer_monitor"\n'
    text += "shows={top_oil_temperature=61.5, ambient_temperature={value=20.0,swing=5.0}}\n"
    first, second = read_field(written(tmp_path, text), copies=2).served
    for one in (first, second):
        one.sense(0)
    entry = {one.device.name: one.bank.read(Table.INPUT, 0, 1, 0) for one in (first, second)}
    assert entry["m_1"] == entry["m_2"]
    shown = {tuple(one.bank.read(Table.INPUT, 0, 4, 0)) for one in (first, second)}
    assert len(shown) == 2
    before = first.bank.read(Table.INPUT, 0, 4, 0)
    first.sense(30 * 10**9)
    assert first.bank.read(Table.INPUT, 0, 4, 0) != before
    assert (first.moves, is_field_file(tmp_path / "field.toml")) == (True, True)


def test_every_mistake_is_found_at_once(tmp_path):
    text = """
    [[device]]
    name = "a"
    map = "no_such_map"
    [[device]]
    name = "b"
    map = "feeder_meter"
    shows = { wind = 1.0 }
    [[device]]
    name = "c"
    map = "feeder_meter"
    protocol = "modbus-rtu-tcp"
    copies = 300
    [[device]]
    name = "d"
    map = "feeder_meter"
    protocol = "modbus-tls"
    port = 20000
    [[device]]
    name = "d"
    map = "feeder_meter"
    port = 20000
    [[device]]
    name = "e"
    map = "feeder_meter"
    protocol = "sparkplug"
    [[device]]
    name = "f"
    map = "battery_inverter"
    """
    with pytest.raises(FieldInvalid) as invalid:
        read_field(written(tmp_path, text))
    found = "\n".join(invalid.value.errors)
    for why in (
        "no register map no_such_map",
        "no wind",
        "units 1 to 247",
        "named d",
        "same place",
        "[tls]",
        "[sparkplug]",
        "power_kw",
    ):
        assert why in found


@pytest.mark.parametrize(
    ("text", "why"),
    [("[[device]]\nname=1\n", "name"), ("[[device]]\nport_=1\n", "port_"), ("device = [", "field.toml")],
)
def test_a_file_of_another_form_is_refused_with_the_key(tmp_path, text, why):
    with pytest.raises(FieldInvalid, match=why):
        read_field(written(tmp_path, text))


def test_a_broker_that_is_no_address_is_a_mistake(tmp_path):
    text = '[sparkplug]\nbroker="here"\n[[device]]\nname="m"\nmap="feeder_meter"\nprotocol="sparkplug"\n'
    with pytest.raises(FieldInvalid, match="mqtt://host:port"):
        read_field(written(tmp_path, text))


def test_an_inverter_that_describes_itself_gives_what_the_sun_gives(tmp_path):
    text = '[[device]]\nname="pv"\nmap="sunspec"\nratings={power_kw=50.0}\nshows={available_power=31.0}\n'
    (one,) = read_field(written(tmp_path, text)).served
    one.sense(0)
    assert one.bank.actuation(1)["active_power"] == 31.0
    for more, why in (('protocol="sparkplug"', "over Modbus"), ("behaviour.delay_s=1.0", "no behaviour")):
        with pytest.raises(FieldInvalid, match=why):
            read_field(written(tmp_path, text + more))


def test_a_site_is_no_field_file(tmp_path):
    assert not is_field_file(written(tmp_path, '[site]\nname="x"\n[[device]]\nname="m"\n'))
    assert not is_field_file(tmp_path / "nowhere.toml")
