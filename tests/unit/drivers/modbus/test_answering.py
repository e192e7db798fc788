"""What a served device answers, byte by byte, without any socket."""

import random
import struct

import pytest

from drivers.modbus.answering import Answers
from drivers.modbus.bank import IllegalAddress, IllegalValue, WrongState
from drivers.modbus.entry import Table
from drivers.modbus.frame import body_fault
from drivers.modbus.map import SHIPPED, load_map
from drivers.modbus.requests import NoModbus, take_mbap, take_rtu
from drivers.modbus.rtu_frame import checksum
from kernel.asset import Asset
from kernel.site import Device
from simulators.devices.make import make_bank
from tests.system.modbus_wire import Recorder


class Refuses:
    """A bank that refuses every write for one reason."""

    def __init__(self, refusal):
        self.refusal = refusal

    def read(self, table, address, count, now_ns):
        return [0] * count

    def write(self, table, address, values, now_ns):
        raise self.refusal


def cells():
    return Recorder({(Table.HOLDING, place): 0x1000 + place for place in range(4)})


@pytest.mark.parametrize(
    ("asked", "answer", "written"),
    [
        ("16 0001 ff0f 0050", "16 0001 ff0f 0050", [(Table.HOLDING, 1, [0x1051])]),
        ("17 0000 0002 0001 0001 02 00ff", "17 04 1000 1001", [(Table.HOLDING, 1, [0xFF])]),
        ("0f 0000 000a 02 0503", "0f 0000 000a", [(Table.COIL, 0, [1, 0, 1, 0, 0, 0, 0, 0, 1, 1])]),
        ("05 0003 0000", "05 0003 0000", [(Table.COIL, 3, [0])]),
    ],
    ids=["mask", "write and read", "coils", "coil off"],
)
def test_a_function_answers_as_the_specification_says(asked, answer, written):
    bank = cells()
    assert Answers(bank).to(bytes.fromhex(asked), 0) == bytes.fromhex(answer)
    assert bank.writes == written


@pytest.mark.parametrize(
    "asked",
    [
        "03 0000 0000", "03 0000 007e", "03 0000", "03 0000 0001 00", "01 0000 07d1", "05 0000 1234",
        "10 0000 0002 04 0001", "10 0000 0002 02 0001 0002", "10 0000 0000 00", "0f 0000 0009 01 ff", "0f 00",
        "10 00", "16 0000 ffff", "17 0000 007e 0000 0001 02 0001", "06 0000",
    ],
)  # fmt: skip
def test_what_the_specification_forbids_is_an_illegal_value_and_does_nothing(asked):
    bank, body = cells(), bytes.fromhex(asked)
    assert Answers(bank).to(body, 0) == bytes((body[0] | 0x80, 3))
    assert bank.writes == []


@pytest.mark.parametrize("asked", ["2b 0e 02 00", "07", "63 0000 0001"])
def test_a_function_that_no_device_has_is_an_illegal_function(asked):
    assert Answers(cells()).to(bytes.fromhex(asked), 0)[1:] == b"\x01"


@pytest.mark.parametrize(
    ("refusal", "code"), [(WrongState(), 1), (IllegalAddress(Table.HOLDING, 0, 1), 2), (IllegalValue(), 3)]
)
def test_a_refusal_of_the_device_is_its_exception(refusal, code):
    assert Answers(Refuses(refusal)).to(bytes.fromhex("06 0000 0001"), 0) == bytes((0x86, code))


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.toml")))
def test_what_is_kept_of_a_read_is_what_the_device_shows(name):
    ratings = {"power_kw": 100.0, "energy_kwh": 100.0}
    bank = make_bank(Device(name="d", asset="x", map=name), Asset(name="x", kind="battery", ratings=ratings))
    dice, entries = random.Random(name), load_map(name).entries
    for now_ns in range(0, 20 * 10**9, 10**9):
        bank.sense({entry.quantity: dice.choice([0.0, 1.0, 2.0]) for entry in entries}, now_ns)
        one = dice.choice([e for e in entries if e.table in (Table.INPUT, Table.HOLDING)])
        count = one.slot.end - one.slot.address
        asked = struct.pack(">BHH", 3 if one.table is Table.HOLDING else 4, one.slot.address, count)
        words = bank.read(one.table, one.slot.address, count, now_ns)
        said = Answers(bank).to(asked, now_ns)
        assert said == asked[:1] + bytes((2 * count,)) + struct.pack(f">{count}H", *words)


def frames_of(dice, framed):
    """A few requests as they lie on a wire, and their bodies."""
    bodies = [
        bytes((3, 0, dice.randrange(3), 0, 1))
        if dice.random() < 0.5
        else bytes((16, 0, 0, 0, 1, 2, 0, dice.randrange(256)))
        for _ in range(dice.randrange(1, 5))
    ]
    return bodies, b"".join(framed(body) for body in bodies)


def mbap(body):
    return bytes((0, 9, 0, 0, 0, len(body) + 1, 1)) + body


def rtu(body):
    return (framed := bytes((1,)) + body) + checksum(framed)


@pytest.mark.parametrize(("take", "framed"), [(take_mbap, mbap), (take_rtu, rtu)], ids=["mbap", "rtu"])
def test_requests_are_found_however_the_stream_is_cut(take, framed):
    dice = random.Random(5)
    for _ in range(200):
        bodies, stream = frames_of(dice, framed)
        heard, answered, rest = [], b"", b""

        def ask(unit, body, heard=heard):
            assert unit == 1
            heard.append(body)
            return Answers(cells()).to(body, 0)

        while stream:
            cut = dice.randrange(1, len(stream) + 1)
            answers, rest = take(rest + stream[:cut], ask)
            answered, stream = answered + answers, stream[cut:]
        assert (heard, rest) == (bodies, b"")
        assert answered == b"".join(framed(Answers(cells()).to(body, 0)) for body in bodies)
        assert all(body_fault(body, Answers(cells()).to(body, 0)) is None for body in bodies)


def test_an_rtu_request_behind_garbage_is_found_and_garbage_is_not_kept_for_ever():
    dice = random.Random(6)
    request = rtu(bytes.fromhex("03 0000 0001"))
    for _ in range(100):
        heard = []
        note = heard.append
        _, rest = take_rtu(
            dice.randbytes(dice.randrange(1, 40)) + request, lambda _, body, note=note: note(body)
        )
        assert heard[-1:] == [request[1:-2]]
        assert rest == b""
    _, rest = take_rtu(dice.randbytes(5000), lambda unit, body: None)
    assert len(rest) <= 512


def test_an_rtu_request_with_a_wrong_bit_is_not_heard():
    request, heard = rtu(bytes.fromhex("06 0000 0001")), []
    for bit in range(8 * len(request)):
        wrong = bytearray(request)
        wrong[bit // 8] ^= 1 << bit % 8
        take_rtu(bytes(wrong), lambda unit, body: heard.append(body))
    assert heard == []


@pytest.mark.parametrize("header", ["0001 0001 0006 01 03", "0001 0000 0001 01 03", "0001 0000 01ff 01 03"])
def test_a_stream_that_is_no_modbus_is_told_from_one_that_goes_on(header):
    with pytest.raises(NoModbus):
        take_mbap(bytes.fromhex(header) + bytes(8), lambda unit, body: None)
