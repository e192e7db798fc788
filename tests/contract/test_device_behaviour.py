"""What real devices do besides their work, in process and on sockets: the same bytes, the same answers."""

from contextlib import asynccontextmanager

import pytest

from drivers.modbus.codec import decode_number, encode_number
from drivers.modbus.direct import DirectLink
from drivers.modbus.link import DeviceException
from drivers.modbus.map import SHIPPED, load_map
from drivers.modbus.route import TcpRoute
from drivers.modbus.server import TcpServer
from drivers.modbus.stream_link import StreamLink
from drivers.modbus.writes import encode_command
from kernel.asset import Asset
from kernel.command import Command
from kernel.site import Device
from simulators.devices.behaviour.planned import PlannedBehaviour, PlannedClock
from simulators.devices.make import make_bank
from tests.fakes.still_clock import StillClock

UNIT = 7
WRONG_STATE = 1


class Reached:
    """A device as a client finds it, and the world behind it."""

    def __init__(self, bank, map_name, link, clock) -> None:
        self.bank, self.clock = bank, clock
        self._map, self._link = load_map(map_name), link
        self._number = 0

    async def shows(self, quantity: str) -> float:
        entry = self._map.by_quantity[quantity]
        slot = entry.slot
        words = await self._link.read(UNIT, entry.table, slot.address, slot.end - slot.address)
        return decode_number(slot, words)

    async def put(
        self, quantity: str, value: float, reversion_kw: float = 0.0, reversion_s: float = 0.0
    ) -> None:
        entry = self._map.by_quantity[quantity]
        self._number += 1
        command = Command(
            id="c", trace="t", point=f"x/{quantity}", value=value, operation=entry.writing.operation, tick=1,
            issued_at_ns=0, valid_until_ns=2**62, sequence=self._number, reversion_value=reversion_kw,
            reversion_s=reversion_s, authority="gate", revision="r", reason="test",
        )  # fmt: skip
        write = encode_command(entry, command)
        await self._link.write(UNIT, write.table, write.address, write.values)

    async def refuses(self, quantity: str, value: float) -> bool:
        with pytest.raises(DeviceException) as refusal:
            await self.put(quantity, value)
        return refusal.value.code == WRONG_STATE

    def sense(self, **quantities: float) -> None:
        self.bank.sense(quantities, self.clock.ns)

    def does(self) -> dict[str, float]:
        return dict(self.bank.actuation(self.clock.ns))


@asynccontextmanager
async def in_process(bank, clock):
    yield DirectLink(bank, clock, unit=UNIT)


def on_a_socket(*, rtu: bool):
    @asynccontextmanager
    async def served(bank, clock):
        server = TcpServer({UNIT: bank}, clock, rtu=rtu)
        await server.open()
        link = StreamLink(TcpRoute(host="127.0.0.1", port=server.port, rtu=rtu), timeout_s=5.0)
        try:
            yield link
        finally:
            await link.close()
            await server.close()

    return served


WAYS = {"in process": in_process, "tcp": on_a_socket(rtu=False), "rtu over tcp": on_a_socket(rtu=True)}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def device(request):
    @asynccontextmanager
    async def reach(map_name: str, **planned):
        clock = StillClock()
        ratings = {"power_kw": 1000.0, "energy_kwh": 1000.0, "ramp_kw_per_s": 1e6}
        asset = Asset(name="x", kind="battery", ratings=ratings)
        bank = make_bank(
            Device(name="d", asset="x", map=map_name), asset, planned=PlannedBehaviour(**planned)
        )
        async with request.param(bank, clock) as link:
            yield Reached(bank, map_name, link, clock)

    return reach


async def test_a_limit_that_nobody_renews_falls_back_at_its_second(device):
    async with device("plant_controller") as plant:
        await plant.put("active_power_limit", 50.0, reversion_kw=800.0, reversion_s=60.0)
        plant.clock.pass_s(59.9)
        assert (await plant.shows("active_power_limit"), plant.does()) == (50.0, {"active_power_limit": 50.0})
        plant.clock.pass_s(0.1)
        assert (await plant.shows("active_power_limit"), await plant.shows("operating_state")) == (800.0, 2.0)
        assert plant.does() == {"active_power_limit": 800.0}


async def test_a_device_without_heartbeat_falls_back_and_obeys_nobody_until_it_beats_again(device):
    async with device("plant_controller", watchdog_s=5.0) as plant:
        assert await plant.shows("communication_state") == 2.0
        await plant.put("heartbeat", 1.0)
        await plant.put("active_power_limit", 50.0, reversion_kw=800.0, reversion_s=900.0)
        plant.clock.pass_s(4.9)
        await plant.put("heartbeat", 2.0)
        plant.clock.pass_s(4.9)
        assert (await plant.shows("communication_state"), plant.does()) == (1.0, {"active_power_limit": 50.0})
        plant.clock.pass_s(0.1)
        assert (await plant.shows("communication_state"), plant.does()) == (
            0.0,
            {"active_power_limit": 800.0},
        )
        assert await plant.refuses("active_power_limit", 60.0)
        await plant.put("heartbeat", 2.0)  # a hung gateway repeats itself
        assert await plant.refuses("active_power_limit", 60.0)
        await plant.put("heartbeat", 3.0)
        assert (await plant.shows("communication_state"), plant.does()) == (
            1.0,
            {"active_power_limit": 800.0},
        )
        await plant.put("active_power_limit", 60.0)
        assert plant.does() == {"active_power_limit": 60.0}


async def test_an_inverter_falls_back_at_the_nanosecond_of_its_watchdog_though_nobody_looked(tmp_path):
    text = (SHIPPED / "battery_inverter.toml").read_text(encoding="utf-8")
    heart = '[[points]]\nquantity="heartbeat"\nunit="1"\ntable="holding"\naddress=90\ntype="u16"\n'
    heart += 'access="read_write"\n[points.writing]\nlow=1.0\nhigh=9.0\nsafe_value=1.0\n'
    heart += 'on_loss="hold"\nheartbeat_s=10.0\n'
    (tmp_path / "watched.toml").write_text(f"{text}\n{heart}", encoding="utf-8")
    clock = StillClock()
    ratings = {"power_kw": 1000.0, "energy_kwh": 1000.0, "ramp_kw_per_s": 1e9}
    bank = make_bank(
        Device(name="d", asset="x", map=str(tmp_path / "watched.toml")),
        Asset(name="x", kind="battery", ratings=ratings),
    )
    inverter = Reached(bank, tmp_path / "watched.toml", DirectLink(bank, clock, unit=UNIT), clock)
    await inverter.put("heartbeat", 1.0)
    await inverter.put("active_power_setpoint", 1000.0, reversion_s=900.0)
    clock.pass_s(3600)
    efficiency = 0.88**0.5
    drawn = 1000.0 * (30.0 / 3600.0) / efficiency  # three beats missed: 30 s at full power
    assert await inverter.shows("state_of_charge") == pytest.approx(50.0 - drawn / 10.0, abs=0.01)


async def test_a_breaker_is_operated_only_while_it_is_selected_and_once_for_each_select(device):
    async with device("bay_controller") as bay:
        assert await bay.refuses("open", 1.0)
        await bay.put("select", 1.0)
        assert await bay.shows("select") == 1.0
        await bay.put("open", 1.0)
        assert await bay.shows("select") == 0.0
        bay.clock.pass_s(1)
        assert await bay.shows("position") == 1.0
        assert await bay.refuses("close", 1.0)
        assert [one.quantity for one in bay.bank.journal] == ["open"]


async def test_a_select_ends_by_its_time_out_and_by_being_given_back(device):
    async with device("bay_controller") as bay:
        await bay.put("select", 1.0)
        bay.clock.pass_s(10.1)
        assert await bay.shows("select") == 0.0
        assert await bay.refuses("open", 1.0)
        await bay.put("select", 1.0)
        bay.clock.pass_s(9.9)
        await bay.put("select", 0.0)
        assert await bay.refuses("open", 1.0)
        assert bay.bank.journal == ()


async def test_a_device_that_is_operated_on_the_spot_takes_no_write(device):
    async with device("bay_controller", local=True) as bay:
        assert await bay.shows("control_place") == 1.0
        assert await bay.refuses("select", 1.0)
        bay.sense(control_place=0.0)
        await bay.put("select", 1.0)
        bay.sense(control_place=1.0)
        assert await bay.refuses("open", 1.0)
        assert (await bay.shows("control_place"), bay.bank.journal) == (1.0, ())


async def test_a_value_inside_its_deadband_is_not_reported(device):
    async with device("feeder_meter", report_deadband={"active_power": 5.0}) as meter:
        shown = []
        for power_kw in (100.0, 104.0, 95.0, 105.5, 101.0, 100.0):
            meter.sense(active_power=power_kw, current=power_kw)
            shown.append((await meter.shows("active_power"), await meter.shows("current")))
        assert shown == [
            (100.0, 100.0),
            (100.0, 104.0),
            (100.0, 95.0),
            (105.5, 105.5),
            (105.5, 101.0),
            (100.0, 100.0),
        ]


async def test_a_set_point_that_is_hardly_another_one_winds_the_timer_and_moves_nothing(device):
    async with device("battery_inverter", apply_deadband={"active_power_setpoint": 10.0}) as inverter:
        await inverter.put("active_power_setpoint", 200.0, reversion_s=60.0)
        inverter.clock.pass_s(50)
        await inverter.put("active_power_setpoint", 209.0, reversion_s=60.0)
        inverter.clock.pass_s(50)
        assert await inverter.shows("active_power_setpoint") == 200.0
        assert await inverter.shows("setpoint_sequence") == 2.0
        assert inverter.does()["active_power"] == 200.0
        await inverter.put("active_power_setpoint", 211.0, reversion_s=60.0)
        inverter.clock.pass_s(1)
        assert inverter.does()["active_power"] == 211.0


async def test_power_follows_a_set_point_after_its_delay_and_at_its_ramp(device):
    async with device("battery_inverter", delay_s=2.0, ramp_per_s=100.0) as inverter:
        await inverter.put("active_power_setpoint", 400.0, reversion_s=0.0)
        assert await inverter.shows("active_power_setpoint") == 400.0
        powers = []
        for seconds in (1.9, 1.1, 1.0, 5.0):
            inverter.clock.pass_s(seconds)
            powers.append(round(await inverter.shows("active_power"), 6))
        assert powers == [0.0, 100.0, 200.0, 400.0]


async def test_a_limit_lets_go_after_its_delay_and_at_its_ramp(device):
    async with device("plant_controller", delay_s=1.0, ramp_per_s=10_000.0) as plant:
        await plant.put("active_power_limit", 60_000.0)
        lets = []
        for seconds in (1.0, 2.0, 10.0):
            plant.clock.pass_s(seconds)
            lets.append(plant.does()["active_power_limit"])
        assert lets == [100_000.0, 80_000.0, 60_000.0]


async def test_a_clock_is_ahead_drifts_and_can_be_set(device):
    async with device("bay_controller", clock=PlannedClock(offset_s=2.0, drift_ppm=100.0)) as bay:
        assert await bay.shows("device_time") == pytest.approx(3.0)
        bay.clock.pass_s(10_000)
        assert await bay.shows("device_time") == pytest.approx(10_004.0)
        await bay.put("device_time", 10_001.0)
        bay.clock.pass_s(10_000)
        assert await bay.shows("device_time") == pytest.approx(20_002.0)


@pytest.mark.parametrize(
    ("map_name", "planned", "why"),
    [
        ("feeder_meter", {"watchdog_s": 5.0}, "no heartbeat"),
        ("feeder_meter", {"local": True}, "no switch"),
        ("feeder_meter", {"clock": PlannedClock(offset_s=1.0)}, "no time"),
        ("feeder_meter", {"report_deadband": {"wind": 1.0}}, "has no wind"),
        ("feeder_meter", {"apply_deadband": {"voltage": 1.0}}, "voltage takes no writes"),
    ],
)
def test_a_plan_for_what_the_map_does_not_have_is_refused(map_name, planned, why):
    with pytest.raises(ValueError, match=f"device d: .*{why}"):
        make_bank(
            Device(name="d", asset="x", map=map_name),
            Asset(name="x", kind="feeder"),
            planned=PlannedBehaviour(**planned),
        )


def test_what_a_clock_shows_is_what_its_registers_can_hold():
    entry = load_map("bay_controller").by_quantity["device_time"]
    assert decode_number(entry.slot, encode_number(entry.slot, 1_795_432_165.375)) == 1_795_432_165.375
