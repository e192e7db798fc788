"""Read device identification, as the specification has it, and as our own client reads it."""

import pytest

from drivers.modbus.answering import Answers
from drivers.modbus.identification import (
    identification_body,
    identification_fault,
    identification_size,
    objects_in,
)
from drivers.modbus.map import load_map
from drivers.modbus.map_file import MapInvalid, read_map_text
from drivers.modbus.naming import Identification
from tests.unit.drivers.modbus.test_answering import cells

BASIC = Identification(maker="Maker", product_code="M1", revision="1.0")
REGULAR = Identification(maker="Maker", product_code="M1", revision="1.0", product="Meter", model="Big")
LONG = Identification(maker="a" * 200, product_code="b" * 100, revision="c", application="d" * 200)
ALL = "00 05 4d 61 6b 65 72 01 02 4d 31 02 03 31 2e 30"


@pytest.mark.parametrize(
    ("name", "asked", "answer"),
    [
        (BASIC, "2b 0e 01 00", f"2b 0e 01 81 00 00 03 {ALL}"),
        (BASIC, "2b 0e 02 00", f"2b 0e 02 81 00 00 03 {ALL}"),
        (BASIC, "2b 0e 01 02", "2b 0e 01 81 00 00 01 02 03 31 2e 30"),
        (BASIC, "2b 0e 01 07", f"2b 0e 01 81 00 00 03 {ALL}"),
        (REGULAR, "2b 0e 01 00", f"2b 0e 01 82 00 00 03 {ALL}"),
        (REGULAR, "2b 0e 03 04", "2b 0e 03 82 00 00 02 04 05 4d 65 74 65 72 05 03 42 69 67"),
        (REGULAR, "2b 0e 04 05", "2b 0e 04 82 00 00 01 05 03 42 69 67"),
        (REGULAR, "2b 0e 04 03", "ab 02"),
        (BASIC, "2b 0e 05 00", "ab 03"),
        (BASIC, "2b 0e 00 00", "ab 03"),
        (BASIC, "2b 0e 01", "ab 03"),
        (BASIC, "2b 0d 01 00", "ab 01"),
        (BASIC, "2b", "ab 01"),
        (Identification(), "2b 0e 01 00", "ab 01"),
    ],
)
def test_a_device_answers_as_the_specification_has_it(name, asked, answer):
    assert Answers(cells(), name).to(bytes.fromhex(asked), 0) == bytes.fromhex(answer)


@pytest.mark.parametrize("name", [BASIC, REGULAR, LONG])
def test_our_client_reads_the_whole_name_however_many_answers_it_takes(name):
    found, first, answers = {}, 0, 0
    while first is not None:
        said = Answers(cells(), name).to(identification_body(first), 0)
        assert identification_size(said) == len(said) <= 253
        assert identification_fault(said) is None
        texts, first = objects_in(said)
        found |= texts
        answers += 1
    assert found == {key: value for key in name.__struct_fields__ if (value := getattr(name, key))}
    assert answers == (3 if name is LONG else 1)


POINT = '[[points]]\nquantity = "q"\nunit = "1"\ntable = "input"\naddress = 0\ntype = "u16"\n'


def test_a_map_gives_the_three_basic_objects_together_or_none():
    text = f'title = "t"\nsource = "s"\n[identification]\nmaker = "M"\n{POINT}'
    with pytest.raises(MapInvalid, match="maker, product_code and revision belong together"):
        read_map_text(text, "own")
    assert load_map("feeder_meter").identification.maker == "AIOS Grid"
    assert not load_map("eastron_sdm630").identification.objects()
