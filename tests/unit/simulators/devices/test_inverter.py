import pytest

from drivers.modbus.bank import IllegalAddress, IllegalValue
from drivers.modbus.direct import DirectLink
from drivers.modbus.driver import make
from drivers.modbus.entry import Table
from drivers.modbus.map import load_map
from drivers.modbus.writes import encode_command
from kernel.asset import Asset
from kernel.command import Command
from kernel.point import Operation
from kernel.site import Device
from simulators.devices.inverter import Inverter
from simulators.devices.make import make_bank
from simulators.devices.storage import Storage, StorageRating

ASSET = Asset(name="bat1", kind="battery", ratings={"power_kw": 4000.0, "energy_kwh": 8000.0})
DEVICE = Device(name="inverter_bat1", asset="bat1", map="battery_inverter")
ENTRY = load_map("battery_inverter").by_quantity["active_power_setpoint"]


def setpoint(kw: float, sequence: int, reversion_kw: float = 0.0, reversion_s: float = 900.0) -> Command:
    return Command(
        id=f"c{sequence}", trace="t", point="bat1/active_power_setpoint", value=kw,
        operation=Operation.SETPOINT, tick=1, issued_at_ns=0, valid_until_ns=1, sequence=sequence,
        reversion_value=reversion_kw, reversion_s=reversion_s, authority="gate", revision="r", reason="test",
    )  # fmt: skip


class Bench:
    """An inverter with the driver on top of it and the clock in the tester's hand."""

    def __init__(self, clock) -> None:
        self.clock = clock
        self.bank = make_bank(DEVICE, ASSET)
        points = load_map("battery_inverter").points("bat1")
        self.driver = make(DEVICE, points, range(len(points)), clock, DirectLink(self.bank, clock))

    def put(self, *args, **kwargs) -> None:
        write = encode_command(ENTRY, setpoint(*args, **kwargs))
        self.bank.write(write.table, write.address, write.values, self.clock.ns)

    async def now(self) -> dict[str, float]:
        block = await self.driver.read()
        assert not block.quality.any()
        names = [name.partition("/")[2] for name in self.driver.points]
        return dict(zip(names, block.value.tolist(), strict=True))


@pytest.fixture
def bench(clock) -> Bench:
    return Bench(clock)


async def test_it_starts_in_standby(bench):
    assert await bench.now() == {
        "active_power": 0.0, "state_of_charge": 50.0, "operating_state": 0.0, "setpoint_sequence": 0.0,
        "reversion_remaining": 0.0, "executions": 0.0, "duplicates": 0.0, "active_power_setpoint": 0.0,
    }  # fmt: skip


async def test_a_new_sequence_number_is_executed(bench):
    bench.put(2000.0, 1)
    bench.clock.pass_s(60)
    shown = await bench.now()
    assert shown["active_power"] == shown["active_power_setpoint"] == 2000.0
    assert (shown["operating_state"], shown["setpoint_sequence"], shown["executions"]) == (1.0, 1.0, 1.0)
    assert shown["reversion_remaining"] == 840.0
    assert bench.bank.actuation(bench.clock.ns)["active_power"] == 2000.0


async def test_a_repeated_number_is_acknowledged_counted_and_not_executed(bench):
    bench.put(2000.0, 1)
    bench.clock.pass_s(60)
    bench.put(-500.0, 1)
    shown = await bench.now()
    assert (shown["executions"], shown["duplicates"]) == (1.0, 1.0)
    assert shown["active_power_setpoint"] == 2000.0
    assert shown["reversion_remaining"] == 840.0  # nor does it wind the timer
    assert [(one.sequence, one.value) for one in bench.bank.journal] == [(1, 2000.0)]


async def test_nobody_renewing_lets_it_revert_at_its_second(bench):
    bench.put(2000.0, 1, reversion_kw=-100.0, reversion_s=60.0)
    bench.clock.pass_s(59.9)
    assert (await bench.now())["active_power"] == 2000.0
    bench.clock.pass_s(60)
    shown = await bench.now()
    assert (shown["active_power"], shown["active_power_setpoint"]) == (-100.0, -100.0)
    assert (shown["operating_state"], shown["reversion_remaining"]) == (2.0, 0.0)


async def test_a_late_look_finds_the_energy_of_the_true_moment_of_reversion(clock):
    watched, forgotten = Bench(clock), Bench(clock)
    for bench in (watched, forgotten):
        bench.put(2000.0, 1, reversion_kw=-1000.0, reversion_s=100.0)
    for _ in range(300):
        clock.pass_s(1)
        await watched.now()
    assert (await forgotten.now()) == (await watched.now())


async def test_a_renewal_with_a_new_number_winds_the_timer(bench):
    bench.put(2000.0, 1, reversion_s=60.0)
    bench.clock.pass_s(50)
    bench.put(2000.0, 2, reversion_s=60.0)
    bench.clock.pass_s(50)
    shown = await bench.now()
    assert (shown["active_power"], shown["reversion_remaining"]) == (2000.0, 10.0)


async def test_a_reversion_time_of_zero_lasts(bench):
    bench.put(100.0, 1, reversion_s=0.0)
    bench.clock.pass_s(3600)
    shown = await bench.now()
    assert (shown["active_power"], shown["reversion_remaining"]) == (100.0, 0.0)


@pytest.mark.parametrize(
    ("kw", "reversion_kw"), [(4000.1, 0.0), (-4000.1, 0.0), (0.0, 5000.0)], ids=["out", "in", "reversion"]
)
async def test_beyond_the_rating_is_refused_as_a_whole(bench, kw, reversion_kw):
    with pytest.raises(IllegalValue):
        bench.put(kw, 1, reversion_kw=reversion_kw)
    shown = await bench.now()
    assert (shown["executions"], shown["setpoint_sequence"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("table", "address", "values"),
    [
        (Table.HOLDING, 101, [0, 100]),
        (Table.HOLDING, 100, [1, 0, 100]),
        (Table.HOLDING, 99, [0, 1, 0, 100, 0, 0]),
        (Table.COIL, 100, [1, 0, 0, 0, 0, 0]),
    ],
    ids=["value alone", "without reversion", "shifted", "coils"],
)
async def test_the_set_point_block_is_written_whole_or_not_at_all(bench, table, address, values):
    with pytest.raises(IllegalAddress):
        bench.bank.write(table, address, values, bench.clock.ns)
    assert (await bench.now())["executions"] == 0.0


async def test_an_empty_battery_says_that_it_is_limited(bench):
    bench.put(4000.0, 1, reversion_s=0.0)
    bench.clock.pass_s(3 * 3600)
    shown = await bench.now()
    assert (shown["active_power"], shown["operating_state"], shown["state_of_charge"]) == (0.0, 3.0, 2.0)


async def test_it_ignores_what_the_world_tells_and_lets_time_pass(bench):
    bench.put(4000.0, 1)
    bench.bank.sense({"active_power": 1.0, "wind": 3.0}, bench.clock.pass_s(5))
    assert bench.bank.actuation(bench.clock.ns)["active_power"] == 2000.0  # half way up the ramp


@pytest.mark.parametrize("delay_s", [0.0, 1.5])
def test_looking_again_at_a_moment_changes_nothing(clock, delay_s):
    rating = StorageRating(
        power_kw=4000.0, energy_kwh=8000.0, ramp_kw_per_s=400.0, efficiency=0.9,
        lowest_percent=10.0, highest_percent=90.0, standby_kw=5.0, fade_per_cycle=1e-4,
    )  # fmt: skip
    seldom, often = (
        Inverter(load_map("battery_inverter"), Storage(rating=rating, energy_kwh=4000.0), delay_s=delay_s)
        for _ in range(2)
    )
    for second in range(12):
        for inverter in (seldom, often):
            if second % 5 == 0:  # the timer of 4 s ends at a moment at which is looked
                asked = setpoint(1000.0 - 300.0 * second, second + 1, reversion_kw=-50.0, reversion_s=4.0)
                write = encode_command(ENTRY, asked)
                inverter.write(write.table, write.address, write.values, clock.ns)
        now_ns = clock.pass_s(1)
        for _ in range(3):
            often.actuation(now_ns)
            often.sense({}, now_ns)
            often.read(Table.INPUT, 0, 2, now_ns)
        assert often.actuation(now_ns) == seldom.actuation(now_ns)
        assert often.read(Table.INPUT, 0, 6, now_ns) == seldom.read(Table.INPUT, 0, 6, now_ns)
    assert [one.sequence for one in often.journal] == [1, 6, 11]


async def test_without_voltage_it_stops_at_once_and_keeps_its_charge_until_there_is_some(bench):
    bench.put(1000.0, 1)
    bench.clock.pass_s(60)
    assert (await bench.now())["active_power"] == 1000.0
    bench.bank.sense({"grid_state": 0.0}, bench.clock.ns)
    dark = await bench.now()
    bench.clock.pass_s(600)
    bench.bank.sense({"grid_state": 0.0}, bench.clock.ns)
    still = await bench.now()
    assert still["active_power"] == dark["active_power"] == 0.0
    assert still["state_of_charge"] == dark["state_of_charge"] < 50.0
    assert still["operating_state"] == 3.0
    bench.bank.sense({"grid_state": 1.0}, bench.clock.ns)
    bench.clock.pass_s(60)
    assert (await bench.now())["active_power"] == 1000.0
