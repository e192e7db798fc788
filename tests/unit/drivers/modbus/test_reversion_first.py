"""A device that enables before it knows when to fall back is told first when to fall back."""

from pathlib import Path

import pytest

from drivers.modbus.driver import make
from drivers.modbus.link import BadEcho, DeviceException, Lapsed, LinkDown, NoAnswer, always
from drivers.modbus.map import load_map
from drivers.modbus.map_file import MapInvalid
from drivers.modbus.writes import encode_command, encode_first
from kernel.command import Command, Transmission
from kernel.point import Operation
from kernel.site import Device

LIMIT = """title = "t"
source = "s"

[[points]]
quantity = "limit"
unit = "%"
table = "holding"
address = 11
type = "u16"
scale = 0.1
access = "read_write"

[points.writing]
low = 0.0
high = 100.0
safe_value = 100.0
on_loss = "let_revert"
renew_s = 20.0
reversion_s = 60.0
reversion_value = 100.0

[points.companions]
reversion_first = true
reversion_value = { address = 12, type = "u16", scale = 0.1 }
reversion_s = { address = 14, type = "u32" }
fixed = [{ address = 10, type = "u16", value = 1 }, { address = 13, type = "u16", value = 1 }]

[[points]]
quantity = "limit_enabled"
unit = "1"
table = "holding"
address = 10
type = "u16"
"""
"""The order of SunSpec model 704: enable, limit, reversion limit, reversion enable, reversion time."""


class OrderedLink:
    """Keeps the writes in their order and loses the one it is told to."""

    def __init__(self) -> None:
        self.writes: list[tuple[int, tuple[int, ...]]] = []
        self.lost: dict[int, Exception] = {}
        self.passes = lambda: None

    async def open(self) -> None: ...
    async def ready(self, unit: int | None = None) -> None: ...
    async def close(self) -> None: ...

    async def write(self, unit, table, address, values, still_valid=always):
        if not still_valid():
            raise Lapsed
        if failure := self.lost.get(address):
            raise failure
        self.writes.append((address, tuple(values)))
        self.passes()


def written(tmp_path: Path, text: str = LIMIT):
    path = tmp_path / "limit.toml"
    path.write_text(text)
    return load_map(path)


def command(**more) -> Command:
    fields = {
        "id": "c1", "trace": "t", "point": "pv1/limit", "value": 40.0, "operation": Operation.SETPOINT,
        "tick": 1, "issued_at_ns": 0, "valid_until_ns": 2**62, "authority": "gate", "revision": "r",
        "reason": "test",
    }  # fmt: skip
    return Command(**{**fields, **more})


@pytest.fixture
def driver(tmp_path, clock):
    read = written(tmp_path)
    device = Device(name="inverter", asset="pv1", map=str(tmp_path / "limit.toml"))
    link = OrderedLink()
    return make(device, read.points("pv1"), range(2), clock, link), link


async def test_reversion_value_and_timer_are_in_the_device_before_it_is_enabled(driver):
    limit, link = driver
    sent = await limit.write(command(reversion_value=80.0, reversion_s=30.0))
    assert sent.transmission is Transmission.WRITTEN
    assert link.writes == [(12, (800, 1, 0, 30)), (10, (1, 400))]


@pytest.mark.parametrize(
    "failure",
    [LinkDown("x"), NoAnswer("x"), BadEcho("x"), DeviceException(2)],
    ids=lambda f: type(f).__name__,
)
async def test_no_value_follows_a_reversion_that_was_not_confirmed(driver, failure):
    limit, link = driver
    link.lost = {12: failure}
    sent = await limit.write(command())
    assert (sent.transmission, link.writes) == (Transmission.NOT_SENT, [])
    assert sent.detail.startswith("the reversion before it was not confirmed")


async def test_a_value_that_grew_old_while_the_reversion_was_written_never_leaves(driver, clock):
    limit, link = driver
    link.passes = lambda: clock.pass_s(2.0)
    sent = await limit.write(command(valid_until_ns=clock.ns + 1_000_000_000))
    assert sent.transmission is Transmission.EXPIRED
    assert [address for address, _ in link.writes] == [12]


async def test_a_value_that_is_old_already_prepares_nothing(driver, clock):
    limit, link = driver
    sent = await limit.write(command(valid_until_ns=clock.ns - 1))
    assert (sent.transmission, link.writes) == (Transmission.EXPIRED, [])


def test_a_map_without_the_rule_writes_all_at_once(tmp_path):
    entry = written(tmp_path, LIMIT.replace("reversion_first = true\n", "")).by_quantity["limit"]
    assert encode_first(entry, command()) is None
    assert encode_command(entry, command()).values == (1, 400, 1000, 1, 0, 60)


def test_a_hole_in_either_write_is_a_mistake_of_the_map(tmp_path):
    holed = LIMIT.replace(', { address = 13, type = "u16", value = 1 }', "")
    with pytest.raises(MapInvalid, match="one write cannot cover 12 and 14"):
        written(tmp_path, holed)


def test_a_fixed_number_that_does_not_fit_is_a_mistake_of_the_map(tmp_path):
    with pytest.raises(MapInvalid, match="does not fit u16"):
        written(
            tmp_path,
            LIMIT.replace(
                'address = 13, type = "u16", value = 1', 'address = 13, type = "u16", value = 70000'
            ),
        )


def test_a_companion_may_be_read_but_not_written_by_an_entry_of_its_own(tmp_path):
    assert "limit_enabled" in written(tmp_path).by_quantity
    own = LIMIT + 'access = "read_write"\nwriting = { low = 0, high = 1, safe_value = 0, on_loss = "hold" }\n'
    (tmp_path / "other").mkdir()
    with pytest.raises(MapInvalid, match="holding 10 is taken"):
        written(tmp_path / "other", own)


def limits(functions: str, written: int = 123) -> str:
    return LIMIT.replace(
        "[[points]]", f"[limits]\nfunctions = {functions}\nwritten = {written}\n\n[[points]]", 1
    )


def test_a_value_that_goes_alone_after_its_reversion_needs_the_function_that_writes_one(tmp_path):
    alone = limits("[3, 16]").replace('{ address = 10, type = "u16", value = 1 }, ', "")
    with pytest.raises(MapInvalid, match="is written by function 6, which the device does not have"):
        written(tmp_path, alone)
    assert written(tmp_path, alone.replace("[3, 16]", "[3, 6, 16]"))


def test_each_of_the_two_writes_has_the_room_of_one(tmp_path):
    with pytest.raises(MapInvalid, match="one write takes 4 registers, the device admits 3"):
        written(tmp_path, limits("[3, 16]", 3))
    assert written(tmp_path, limits("[3, 16]", 4))


@pytest.mark.parametrize("renewed", ["", "renew_s = 31.0\n"], ids=["when its permit is given again", "late"])
def test_a_timer_that_runs_out_before_a_second_renewal_is_a_mistake_of_the_map(tmp_path, renewed):
    with pytest.raises(MapInvalid, match=r"renew_s is at most half of reversion_s \(60 s\)"):
        written(tmp_path, LIMIT.replace("renew_s = 20.0\n", renewed))


def test_a_timer_that_leaves_time_for_two_renewals_is_none(tmp_path):
    assert written(tmp_path, LIMIT.replace("renew_s = 20.0", "renew_s = 30.0"))
