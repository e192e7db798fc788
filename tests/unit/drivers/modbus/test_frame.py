import tomllib
from pathlib import Path

import pytest

from drivers.modbus.frame import INCOMPLETE, fault_of_reply

GOLDEN = sorted((Path(__file__).parents[3] / "golden" / "modbus").glob("*.toml"))
READ = bytes.fromhex("0001 0000 0006 01 03 006b 0003")
GOOD = bytes.fromhex("0001 0000 0009 01 03 06 022b 0000 0064")


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_answers_of_the_specification_belong_to_its_requests(path):
    golden = tomllib.loads(path.read_text())
    request, response = bytes.fromhex(golden["request"]), bytes.fromhex(golden["response"])
    assert fault_of_reply(request, response) is None


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_every_part_of_an_answer_is_waited_for(path):
    golden = tomllib.loads(path.read_text())
    request, response = bytes.fromhex(golden["request"]), bytes.fromhex(golden["response"])
    assert {fault_of_reply(request, response[:end]) for end in range(len(response))} == {INCOMPLETE}


@pytest.mark.parametrize(
    ("frame", "fault"),
    [
        ("0002 0000 0009 01 03 06 022b 0000 0064", "another transaction"),
        ("0001 0001 0009 01 03 06 022b 0000 0064", "another protocol"),
        ("0001 0000 0009 02 03 06 022b 0000 0064", "unit 2 answered for unit 1"),
        ("0001 0000 0009 01 04 06 022b 0000 0064", "function 4 answered for function 3"),
        ("0001 0000 0007 01 03 04 022b 0000", "another count than asked for"),
        ("0001 0000 0009 01 03 05 022b 0000 0064", "another count than asked for"),
        ("0001 0000 0002 01 83", "length 2 is impossible"),
        ("0001 0000 0100 01 03", "length 256 is impossible"),
        ("0001 0000 0004 01 83 02 00", "an exception of the wrong length"),
        ("0001 0000 0009 01 03 06 022b 0000 0064 00", "1 bytes too many"),
    ],
    ids=lambda text: text[:60].replace(" ", "_"),
)
def test_an_answer_that_does_not_belong_is_told_apart(frame, fault):
    assert fault_of_reply(READ, bytes.fromhex(frame)) == fault


def test_a_refusal_is_an_answer():
    assert fault_of_reply(READ, bytes.fromhex("0001 0000 0003 01 83 02")) is None


@pytest.mark.parametrize(
    ("request_", "echo"),
    [
        ("0001 0000 0006 01 05 0001 ff00", "0001 0000 0006 01 05 0001 0000"),
        ("0001 0000 0006 01 05 0001 ff00", "0001 0000 0006 01 05 0002 ff00"),
        ("0001 0000 0009 01 10 0064 0001 02 0007", "0001 0000 0006 01 10 0064 0002"),
    ],
    ids=["coil value", "coil address", "count of registers"],
)
def test_a_write_is_acknowledged_only_by_its_exact_echo(request_, echo):
    fault = fault_of_reply(bytes.fromhex(request_), bytes.fromhex(echo))
    assert fault == "the device echoed other data than were written"
