"""Scale registers beyond SunSpec's: ratios with codes of their own, and writes without a scale."""

import pytest

from drivers.modbus.codec import CannotEncode, decode_factor
from drivers.modbus.entry import Encoding, Entry, Factor, FactorKind, Slot, Table
from drivers.modbus.read_plan import NO_SCALE, plan_reads
from drivers.modbus.writes import encode_command
from kernel.command import Command
from kernel.point import Operation

RATIO = Factor(
    name="ratio",
    table=Table.HOLDING,
    slot=Slot(address=1, encoding=Encoding.U16, not_implemented=65535),
    kind=FactorKind.FACTOR,
    low=10.0,
    high=1e9,
)
CURRENT = Entry(
    quantity="current",
    unit="A",
    table=Table.HOLDING,
    slot=Slot(address=0, encoding=Encoding.U16, scale=0.001, factor=RATIO),
)


@pytest.mark.parametrize(("word", "times"), [(200, 200.0), (5, None), (0, None), (65535, None)])
def test_a_ratio_outside_its_range_or_missing_multiplies_nothing(word, times):
    assert decode_factor(RATIO, [word]) == times
    value, quality = plan_reads([CURRENT]).decode([[15, word]])
    assert quality.tolist() == ([0] if times else [NO_SCALE])
    assert value.tolist() == ([pytest.approx(3.0)] if times else [0.0])


def test_an_exponent_is_a_whole_number():
    tenth = Factor(
        name="SF", table=Table.HOLDING, slot=Slot(address=1, encoding=Encoding.I16, scale=0.1), low=-10.0
    )
    assert decode_factor(tenth, [5]) is None
    half = Entry(
        quantity="q", unit="1", table=Table.HOLDING, slot=Slot(address=0, encoding=Encoding.I16, factor=tenth)
    )
    assert plan_reads([half]).decode([[1, 5]])[1].tolist() == [NO_SCALE]


def test_nothing_is_encoded_without_the_scale_it_needs():
    command = Command(
        id="c", trace="t", point="d/current", value=3.0, operation=Operation.SETPOINT, tick=1,
        issued_at_ns=0, valid_until_ns=1, authority="gate", revision="r", reason="test",
    )  # fmt: skip
    with pytest.raises(CannotEncode, match="scale register ratio has no value"):
        encode_command(CURRENT, command)
    assert encode_command(CURRENT, command, {"ratio": 200.0}).values == (15,)
