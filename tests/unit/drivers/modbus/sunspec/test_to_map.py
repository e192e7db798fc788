"""What a SunSpec device has becomes a sound map, and only what ends by itself becomes writable."""

import pytest

from drivers.modbus.direct import DirectLink
from drivers.modbus.entry import Table
from drivers.modbus.link import DeviceException, NoAnswer
from drivers.modbus.map_file import read_map_text
from drivers.modbus.map_text import map_text
from drivers.modbus.sunspec.chain import END, MARKER, find_base, walk
from drivers.modbus.sunspec.definitions import blank_model, decode_model
from drivers.modbus.sunspec.to_map import map_of
from simulators.devices.sunspec_inverter import SunSpecInverter
from tests.fakes.still_clock import StillClock

CONTROLS_123 = {
    "WMaxLimPct": 1000, "WMaxLimPct_RvrtTms": 0, "WMaxLim_Ena": 0, "WMaxLimPct_SF": -1, "Conn": 1,
}  # fmt: skip
CONTROLS_704 = {
    "WMaxLimPctEna": 0, "WMaxLimPct": 1000, "WMaxLimPctRvrt": 1000, "WMaxLimPctRvrtTms": 0,
    "WMaxLimPct_SF": -1,
}  # fmt: skip


def mapped(*models: tuple[int, dict]):
    """The map of a device with some models, one behind the other."""
    decoded, address = [], 40002
    for number, values in models:
        registers = blank_model(number, values)
        decoded.append(decode_model(number, address, registers))
        address += len(registers)
    made = map_of(decoded)
    return read_map_text(map_text(made.content, notes=made.notes), "x.toml"), made.notes


def writable(content) -> list[str]:
    return [entry.quantity for entry in content.entries if entry.writing is not None]


def test_a_limit_with_a_timer_is_writable_and_everything_else_is_not():
    content, _ = mapped((123, CONTROLS_123), (704, CONTROLS_704))
    assert writable(content) == ["active_power_limit", "active_power_limit_704"]


@pytest.mark.parametrize("missing", ["WMaxLimPct_RvrtTms", "WMaxLim_Ena", "WMaxLimPct_SF"])
def test_a_limit_that_nothing_would_end_can_only_be_read(missing):
    content, notes = mapped((123, {**CONTROLS_123, missing: None}))
    assert writable(content) == []
    assert missing == "WMaxLimPct_SF" or any("can only be read" in note for note in notes)


def test_the_reversion_stands_in_front_of_what_enables():
    content, _ = mapped((123, CONTROLS_123), (704, CONTROLS_704))
    old, new = (entry for entry in content.entries if entry.writing is not None)
    assert not old.companions.reversion_first
    enable, timer = old.companions.fixed[-1], old.companions.reversion_s
    assert timer.address < enable.address  # one write in the order of addresses
    assert new.companions.reversion_first
    assert {slot.address for slot in new.companions.first()} == {
        new.slot.address + 1, new.slot.address + 2, new.slot.address + 3,
    }  # fmt: skip


def test_an_optional_register_that_the_device_lacks_is_told_nothing():
    content, _ = mapped((123, CONTROLS_123))
    (entry,) = (entry for entry in content.entries if entry.writing is not None)
    assert [fixed.value for fixed in entry.companions.fixed] == [65535.0, 65535.0, 1.0]


def test_a_device_may_call_itself_whatever_it_likes():
    content, _ = mapped((1, {"Mn": 'Evil"\n[[points]]', "Md": "\\x7f\x7f"}), (123, CONTROLS_123))
    assert content.title.startswith('Evil"')
    assert writable(content) == ["active_power_limit"]


def test_a_model_of_the_vendor_is_told_and_left_out():
    decoded = [
        decode_model(64999, 40002, [64999, 2, 1, 2]),
        decode_model(123, 40006, blank_model(123, CONTROLS_123)),
    ]
    made = map_of(decoded)
    assert made.notes[0] == "model 64999 at 40002 is left out: no definition: it is the vendor's own"
    assert made.content["points"]


def test_two_of_the_same_model_have_names_of_their_own():
    content, _ = mapped((123, CONTROLS_123), (123, CONTROLS_123))
    assert writable(content) == ["active_power_limit", "active_power_limit_123"]


class Bank:
    """Registers from a base on; what is asked beyond is refused, or lost."""

    def __init__(self, base: int, words: list[int], beyond: Exception) -> None:
        self.base, self.words, self.beyond = base, words, beyond

    async def read(self, unit, table, address, count):
        first = address - self.base
        if table is not Table.HOLDING or first < 0 or first + count > len(self.words):
            raise self.beyond
        return self.words[first : first + count]


@pytest.mark.parametrize("base", [40000, 0, 50000])
@pytest.mark.parametrize("beyond", [DeviceException(2), NoAnswer("x")], ids=["refused", "silent"])
async def test_the_marker_is_found_at_each_of_its_places(base, beyond):
    assert await find_base(Bank(base, [*MARKER, END, 0], beyond), 1) == base


async def test_a_device_without_the_marker_is_none_and_a_silent_one_is_away():
    assert await find_base(Bank(0, [1, 2], DeviceException(2)), 1) is None
    with pytest.raises(NoAnswer):
        await find_base(Bank(7, [], NoAnswer("x")), 1)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ([*MARKER, 1, 66, 0], "the chain breaks"),
        ([*MARKER, 1, 1, 7], "the chain breaks"),
        ([*MARKER, 0, 0], "the chain breaks"),
    ],
)
async def test_a_chain_that_leads_nowhere_ends_with_a_word(words, fault):
    chain = await walk(Bank(40000, words, DeviceException(2)), 1, 40000)
    assert chain.fault.startswith(fault)


async def test_a_chain_of_nothing_but_empty_models_ends():
    chain = await walk(Bank(40000, [*MARKER, *[7, 0] * 5000], DeviceException(2)), 1, 40000)
    assert chain.fault == "more than 200 models"


async def test_the_chain_of_the_simulated_inverter_is_whole():
    link = DirectLink(SunSpecInverter(rating_kw=50.0), StillClock())
    chain = await walk(link, 1, 40000)
    assert (chain.fault, [model.id for model in chain.models]) == ("", [1, 103, 120, 121, 123, 701, 704, 705])
