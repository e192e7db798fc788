"""Every shipped map decodes the words of its vendor's table, and no other map would."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import make
from drivers.modbus.entry import BIT_TABLES, Encoding, Entry, Order, Slot, Table
from drivers.modbus.map import SHIPPED, load_map
from drivers.modbus.read_plan import plan_reads
from kernel.asset import Asset
from kernel.site import Device
from simulators.devices.make import make_bank

GOLDEN = Path(__file__).parents[3] / "golden" / "modbus"
MAPS = sorted(path.stem for path in SHIPPED.glob("*.toml"))
EXAMPLES = [
    example
    for path in sorted((GOLDEN / "encodings").glob("*.toml"))
    for example in tomllib.loads(path.read_text(encoding="utf-8"))["example"]
]
OTHER_SIGN = {
    Encoding.U16: Encoding.I16, Encoding.U32: Encoding.I32, Encoding.U64: Encoding.I64,
    Encoding.I16: Encoding.U16, Encoding.I32: Encoding.U32, Encoding.I64: Encoding.U64,
}  # fmt: skip


def golden(name: str) -> list[dict]:
    return tomllib.loads((GOLDEN / "maps" / f"{name}.toml").read_text(encoding="utf-8"))["entry"]


def cells_of(name: str) -> dict[tuple[Table, int], int]:
    return {
        (Table(one["table"]), one["address"] + place): int(word, 16)
        for one in golden(name)
        for place, word in enumerate(one["words"].split())
    }


def decoded(entries, cells) -> list[float | None]:
    """Return the values of some entries, None for an invalid one; registers not in `cells` do not answer."""
    plan = plan_reads(entries)
    answers = []
    for request in plan.requests:
        words = [cells.get((request.table, request.address + place)) for place in range(request.count)]
        answers.append(None if None in words else words)
    value, quality = plan.decode(answers)
    return [None if flags else float(number) for number, flags in zip(value, quality, strict=True)]


@pytest.mark.parametrize("name", MAPS)
def test_a_shipped_map_reads_what_the_table_of_its_vendor_says(name):
    by_quantity = load_map(name).by_quantity
    entries = [by_quantity[one["quantity"]] for one in golden(name)]
    assert len(entries) == len(by_quantity)
    expected = [pytest.approx(one["value"], rel=1e-14) for one in golden(name)]
    assert decoded(entries, cells_of(name)) == expected


def mutations(entry: Entry) -> list[Entry]:
    """Return the entry with each mistake that an author could have made."""
    slot = entry.slot
    wrong: list[Slot] = []
    if slot.bits is None and not entry.states:
        wrong.append(msgspec.structs.replace(slot, address=slot.address + 1))
    if entry.table not in BIT_TABLES:
        others = [order for order in Order if order is not slot.order]
        if slot.end - slot.address == 1:  # one register: its words cannot be swapped
            others = [Order.BADC if slot.order in (Order.ABCD, Order.CDAB) else Order.ABCD]
        wrong += [msgspec.structs.replace(slot, order=order) for order in others]
    if slot.bits is not None:
        first, count = slot.bits
        wrong.append(msgspec.structs.replace(slot, bits=((first + 1) % 16, count)))
    elif not entry.states and entry.table not in BIT_TABLES:
        wrong += [msgspec.structs.replace(slot, scale=slot.scale * times) for times in (10, 0.1, -1)]
        if slot.encoding in OTHER_SIGN:
            wrong.append(msgspec.structs.replace(slot, encoding=OTHER_SIGN[slot.encoding]))
    return [msgspec.structs.replace(entry, slot=one) for one in wrong]


def same_either_way(entry: Entry, other: Entry, cells) -> bool:
    """Tell of a mutation that no words can show: all bits of a swapped register are as before."""
    word = cells[entry.table, entry.slot.address]
    return (
        entry.slot.bits is not None and other.slot.order is not entry.slot.order and word >> 8 == word & 0xFF
    )


@pytest.mark.parametrize("name", MAPS)
def test_every_mistake_in_order_scale_sign_bit_or_address_of_a_map_is_found(name):
    by_quantity, cells = load_map(name).by_quantity, cells_of(name)
    missed = [
        f"{one['quantity']}: {other.slot}"
        for one in golden(name)
        for other in mutations(by_quantity[one["quantity"]])
        if not same_either_way(by_quantity[one["quantity"]], other, cells)
        and decoded([other], cells) == [pytest.approx(one["value"], rel=1e-9)]
    ]
    assert missed == []


def entry_of(example: dict) -> Entry:
    if "map" in example:
        return load_map(example["map"]).by_quantity[example["quantity"]]
    slot = Slot(
        address=0,
        encoding=Encoding(example["type"]),
        order=Order(example.get("order", "ABCD")),
        scale=example.get("scale", 1.0),
        not_implemented=example.get("not_implemented"),
    )
    return Entry(quantity="q", unit="1", table=Table.HOLDING, slot=slot)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["source"][:60])
def test_worked_examples_of_vendors_and_specifications_read_as_printed(example):
    entry = entry_of(example)
    words = [int(word, 16) for word in example["words"].split()]
    cells = {(entry.table, entry.slot.address + place): word for place, word in enumerate(words)}
    printed = example.get("value")
    within = {"abs": example["within"]} if "within" in example else {"rel": 3e-7}
    assert decoded([entry], cells) == [None if printed is None else pytest.approx(printed, **within)]


@pytest.mark.parametrize(
    "example", [one for one in EXAMPLES if "frame" in one], ids=lambda example: example["source"][:60]
)
def test_printed_frames_carry_their_words_and_a_fitting_checksum(example):
    frame = bytes.fromhex(example["frame"])
    assert bytes.fromhex(example["words"]) in frame
    assert checksum(frame[:-2]) == int.from_bytes(frame[-2:], "little")


def checksum(frame: bytes) -> int:
    """Return the CRC of a serial frame. Source: Modbus over Serial Line V1.02, 6.2.2."""
    crc = 0xFFFF
    for byte in frame:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


VENDOR_MAPS = [name for name in MAPS if "demonstration profile" not in load_map(name).source]


def test_there_are_maps_of_the_four_families_of_vendors_devices():
    families = {
        "meters": {
            "eastron_sdm630",
            "carlo_gavazzi_em340",
            "schneider_iem3000",
            "siemens_pac3200",
            "abb_b23",
        },
        "inverters": {"huawei_sun2000", "sungrow_sg", "sma_modbus"},
        "transformer monitors": {"vaisala_opt100", "qualitrol_111w", "qualitrol_118_itm"},
        "breakers and relays": {"schneider_micrologic", "schneider_vigirex_rhu"},
    }
    assert all(family <= set(VENDOR_MAPS) for family in families.values())
    assert len(VENDOR_MAPS) >= 10


@pytest.mark.parametrize("name", VENDOR_MAPS)
def test_vendors_maps_use_the_same_words_and_units_for_the_same_things(name):
    units = {
        "active_power": "kW", "reactive_power": "kvar", "apparent_power": "kVA", "voltage_l1": "V",
        "current_l1": "A", "frequency": "Hz", "power_factor": "1", "energy_import": "kWh",
        "energy_export": "kWh", "energy_yield": "kWh", "top_oil_temperature": "degC",
    }  # fmt: skip
    for entry in load_map(name).entries:
        assert entry.unit == units.get(entry.quantity, entry.unit)
        assert entry.writing is None  # what a vendor's native table writes is a site's own decision


@pytest.mark.parametrize("name", VENDOR_MAPS)
async def test_a_simulated_device_of_every_vendors_map_is_read_as_it_senses(name, clock):
    device = Device(name="d", asset="a", map=name)
    bank = make_bank(device, Asset(name="a", kind="feeder"))
    sensed = {one["quantity"]: one["value"] for one in golden(name)}
    bank.sense(sensed, 0)
    points = load_map(name).points("a", "d")
    block = await make(device, points, range(len(points)), clock, DirectLink(bank, clock)).read()
    assert not block.quality.any()
    assert block.value.tolist() == pytest.approx([sensed[point.quantity] for point in points], rel=1e-6)
