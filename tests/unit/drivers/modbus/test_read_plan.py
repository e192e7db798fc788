from dataclasses import replace

import numpy as np
import pytest

from drivers.modbus.codec import encode_missing, encode_number
from drivers.modbus.entry import Access, Encoding, Entry, Order, Slot, Table
from drivers.modbus.map import load_map
from drivers.modbus.read_plan import NO_ANSWER, plan_reads
from kernel.point import Kind
from kernel.quality import FAILURE, INVALID, NEVER_READ, OUT_OF_RANGE


def entry(address: int, encoding: Encoding = Encoding.U16, table: Table = Table.INPUT, **more) -> Entry:
    slot = {key: more.pop(key) for key in ("scale", "offset", "not_implemented", "order") if key in more}
    return Entry(
        quantity=f"q{address}", unit="1", table=table,
        slot=Slot(address=address, encoding=encoding, **slot), **more,
    )  # fmt: skip


def both_ways(entries):
    """Return the plan that decodes number by number, and the one that decodes arrays."""
    plan = plan_reads(entries)
    assert plan.few is not None
    return plan, replace(plan, few=None)


def asked(plan) -> list[tuple[str, int, int]]:
    return [(request.table.value, request.address, request.count) for request in plan.requests]


def test_neighbours_share_a_request_whatever_their_order():
    assert asked(plan_reads([entry(4), entry(0, Encoding.F32), entry(2, Encoding.I32)])) == [("input", 0, 5)]


@pytest.mark.parametrize(("gap", "count"), [(0, 2), (2, 2), (3, 1)])
def test_a_request_crosses_only_the_gap_the_map_admits(gap, count):
    assert len(plan_reads([entry(0), entry(4)], gap=gap).requests) == count


@pytest.mark.parametrize(
    ("table", "encoding", "most"),
    [(Table.INPUT, Encoding.U16, 125), (Table.HOLDING, Encoding.F32, 125), (Table.COIL, Encoding.BOOL, 2000)],
    ids=["registers", "pairs of registers", "bits"],
)
def test_no_request_asks_for_more_than_the_protocol_admits(table, encoding, most):
    width = 2 if encoding is Encoding.F32 else 1
    plan = plan_reads([entry(width * place, encoding, table) for place in range(most)])
    assert all(request.count <= most for request in plan.requests)
    assert sum(request.count for request in plan.requests) == width * most


def test_tables_never_share_a_request():
    assert asked(plan_reads([entry(0), entry(1, table=Table.HOLDING)])) == [
        ("holding", 1, 1),
        ("input", 0, 1),
    ]


def test_values_come_back_in_the_order_of_the_entries_with_scale_and_offset():
    plan = plan_reads([
        entry(3, Encoding.I16, scale=0.1, offset=5.0),
        entry(0, Encoding.F32, order=Order.CDAB),
        entry(0, Encoding.DOUBLE_POINT, Table.DISCRETE),
        entry(2, Encoding.U16),
    ])  # fmt: skip
    assert asked(plan) == [("discrete", 0, 2), ("input", 0, 4)]
    value, quality = plan.decode([[0, 1], [0x0102, 0x4248, 7, 0x10000 - 20]])
    assert value.tolist() == [3.0, 50.00098419189453, 2.0, 7.0]
    assert quality.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("what", "registers"),
    [
        (entry(0, Encoding.I16, scale=0.1, not_implemented=-32768), [0x8000]),
        (entry(0, Encoding.U16, not_implemented=65535), [0xFFFF]),
        (entry(0, Encoding.I32, not_implemented=-0x80000000), [0x8000, 0]),
        (entry(0, Encoding.F32), [0x7FC0, 0]),
        (entry(0, Encoding.F32), [0x7F80, 0]),
        (entry(0, Encoding.F32), [0xFF80, 0]),
    ],
    ids=["i16", "u16", "i32", "nan", "infinity", "minus infinity"],
)
def test_what_a_device_does_not_implement_is_an_invalid_zero(what, registers):
    for plan in both_ways([what]):
        value, quality = plan.decode([registers])
        assert (value.tolist(), quality.tolist()) == ([0.0], [INVALID | FAILURE])


def test_a_code_without_a_name_is_invalid():
    for plan in both_ways([entry(0, kind=Kind.CODE, states={0: "off", 1: "on"})]):
        assert plan.decode([[1]])[1].tolist() == [0]
        value, quality = plan.decode([[2]])
        assert (value.tolist(), quality.tolist()) == ([0.0], [INVALID | OUT_OF_RANGE])


def test_both_odd_states_of_a_double_point_are_kept():
    plan = plan_reads([load_map("breaker").by_quantity["position"]])
    assert [plan.decode([bits])[0][0] for bits in ([0, 0], [1, 0], [0, 1], [1, 1])] == [0, 1, 2, 3]
    assert plan.decode([[1, 1]])[1].tolist() == [0]


def test_an_unanswered_request_is_a_hole_and_the_others_are_not():
    plan = plan_reads([entry(0), entry(9)])
    value, quality = plan.decode([None, [5]])
    assert (value.tolist(), quality.tolist()) == ([0.0, 5.0], [NO_ANSWER, 0])


def test_a_write_only_entry_is_never_asked_for_and_never_left_out():
    for plan in both_ways([entry(0, access=Access.WRITE), entry(1)]):
        assert asked(plan) == [("input", 1, 1)]
        value, quality = plan.decode([[5]])
        assert (value.tolist(), quality.tolist()) == ([0.0, 5.0], [NEVER_READ, 0])


@pytest.mark.parametrize("name", ["feeder_meter", "transformer_monitor", "battery_inverter", "breaker"])
def test_every_shipped_map_decodes_what_a_device_encodes(name):
    entries = load_map(name).entries
    cells: dict[tuple[Table, int], int] = {}
    wanted = []
    for place, one in enumerate(entries):
        wanted.append(float(place % 2) if one.states or one.table is Table.COIL else place + 1.0)
        for offset, raw in enumerate(encode_number(one.slot, wanted[-1])):
            cells[one.table, one.slot.address + offset] = raw
    plan = plan_reads(entries)
    answers = [
        [cells[request.table, request.address + place] for place in range(request.count)]
        for request in plan.requests
    ]
    value, quality = plan.decode(answers)
    np.testing.assert_allclose(value, wanted, rtol=1e-12)
    assert not quality.any()


def test_a_map_full_of_missing_values_decodes_to_holes_without_a_warning():
    entries = load_map("transformer_monitor").entries
    registers = [raw for one in entries for raw in encode_missing(one.slot)]
    for plan in both_ways(entries):
        value, quality = plan.decode([registers])
        assert not value.any()
        assert (quality & INVALID).all()
