"""A repair list has consequences: what the dispatcher accepts is repaired, what he leaves stays broken."""

import msgspec

from simulators.equipment.dispatch import Board, EveryMorning
from simulators.equipment.make import equipment_parts
from simulators.equipment.planned import PlannedEquipment
from simulators.faults.fault import Fault, FaultKind
from tests.unit.simulators.conftest import START_NS, nord_site

HOUR = 3600 * 1_000_000_000
FAULT = Fault(target="t1", kind=FaultKind.BLOCKED_COOLER, onset_ns=START_NS + HOUR // 2, amount=0.7)


def top_oil_after_a_day(world_of, network, devices, listed):
    crews = {"accepts": 1, "accepts_at_h": 6.0, "travel_s": 600.0, "work_s": 1800.0}
    planned = msgspec.convert({"crews": crews}, PlannedEquipment)
    parts = equipment_parts(planned, network, site=nord_site(), banks=devices, seed=1, faults=[FAULT])
    world = world_of(parts=parts, faults=[FAULT])
    world.hang_orders(listed)
    for quarter in range(1, 97):
        world.advance(START_NS + quarter * HOUR // 4)
    return world.scene.transformers["t1"].top_oil_c


def test_an_accepted_order_ends_the_fault_and_one_for_a_sound_unit_does_not(world_of, network, devices):
    mended = top_oil_after_a_day(world_of, network, devices, ["t1", "t2"])
    wrong = top_oil_after_a_day(world_of, network, devices, ["t2", "t1"])
    assert wrong - mended > 10.0


def test_a_dispatcher_looks_once_a_day_at_what_hangs_there_then():
    board = Board()
    dispatcher = EveryMorning(board, hour_utc=6.0)
    assert dispatcher.next_ns(0) == 6 * HOUR
    assert dispatcher.next_ns(6 * HOUR) == 30 * HOUR
    assert dispatcher.orders(6 * HOUR) == ()
    board.post(["f13", "t1"])
    assert dispatcher.orders(30 * HOUR) == ("f13",)
    assert dispatcher.orders(31 * HOUR) == ()
