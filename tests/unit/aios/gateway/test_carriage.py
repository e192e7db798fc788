"""A loop that its bus cannot carry is refused before it starts, and told of while it runs."""

import re
from itertools import count

import pytest
import structlog
from typer.testing import CliRunner

from aios.cli.app import app
from aios.folder import Folder
from aios.gateway.accept import Unfit, accepted
from aios.gateway.carriage import CONDITION, BusWatch, loads_of, uncarried_loops
from aios.site import site_of
from drivers.modbus.map import SHIPPED
from kernel.ladder import CONDITION as LADDER
from kernel.schedule.loop import ControlLoop
from tests.system.virtual_nord import nord_text
from tests.unit.kernel.conftest import BATTERY, METER, S
from tests.unit.kernel.shell.test_kernel import Plant


def on_one_line(text: str, more: str = "") -> str:
    """Hang all devices of a site behind one gateway to a serial line."""
    units = count(1)
    text = re.sub(r"^port = 15\d+$", "port = 502", text, flags=re.MULTILINE)
    return re.sub(
        r"^\[\[device\]\]$", lambda _: f"[[device]]\nunit = {next(units)}\n{more}", text, flags=re.MULTILINE
    )


@pytest.fixture(scope="module")
def crowded() -> str:
    return on_one_line(nord_text(), "line_gap_s = 8.0\n")


def test_a_line_that_has_time_for_all_its_devices_carries_every_loop():
    site = site_of(on_one_line(nord_text()))
    (load,) = loads_of(site)
    assert len(load.devices) == len(site.devices)
    assert uncarried_loops(site, [load]) == []


def test_a_line_that_cannot_bring_values_in_time_names_loop_point_and_both_rates(crowded):
    site = site_of(crowded)
    found = uncarried_loops(site, loads_of(site))
    assert {one.loop for one in found} == {"shaver"}
    assert found[0].point == "grid/active_power"
    assert found[0].needed_s == 60.0
    assert found[0].reached_s >= 120.0


def test_a_point_of_a_class_that_is_asked_too_seldom_is_found_however_often_its_device_is_read(tmp_path):
    text = (SHIPPED / "feeder_meter.toml").read_text(encoding="utf-8")
    text = re.sub(r"address = ([246])", r"address = 10\1", text)  # power is read by a request of its own
    (tmp_path / "own.toml").write_text(text.replace("address = 0\n", 'address = 0\npoll = "static"\n'))
    site = site_of(nord_text().replace('"feeder_meter"', '"own.toml"', 1), folder=tmp_path)
    (found,) = uncarried_loops(site, loads_of(site))
    assert (
        found.words
        == "shaver steers by grid/active_power every 60 s, and meter_grid gives it every 600 s only"
    )


def test_such_a_site_does_not_start(crowded, tmp_path):
    refused = accepted(crowded, maps=tmp_path, name="site", now_ns=0, folder=Folder(root=tmp_path))
    assert isinstance(refused, Unfit)
    assert "shaver steers by grid/active_power every 60 s" in refused.findings[0]


def test_aios_check_names_the_line_of_the_loop_and_says_how_full_the_wire_is(crowded, tmp_path):
    file = tmp_path / "site.toml"
    file.write_text(crowded, encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(file)])
    assert done.exit_code == 1
    assert "shaver steers by grid/active_power every 60 s, and meter_grid gives it every" in done.output
    assert "wire 127.0.0.1:502:" in done.output
    line = crowded.splitlines().index('agent = "shaver"') + 1
    found = re.search(r"site\.toml:(\d+): loop\[0\]\.period_s", done.output.replace("\n", ""))
    assert found is not None
    assert abs(int(found[1]) - line) <= 3


class Steering:
    name = "shaver"
    reads = (METER,)
    proposes = (BATTERY,)

    def start(self, past): ...

    def step(self, view, state): ...


async def seconds(plant: Plant, watch: BusWatch, every: int, many: int) -> list[str]:
    """Read the device every so many seconds; return what the last tick was told of the loop."""
    told: list[str] = []
    for second in range(many):
        await plant.clock.sleep_until(plant.clock.now_ns() + S)
        if second % every == 0:
            await plant.bus.poll()
        now_ns = plant.clock.now_ns()
        watch.heard(type("Inputs", (), {"now_ns": now_ns})(), None)
        told = [one.words for one in plant.kernel.inbox.take().conditions if one.condition == CONDITION]
    return told


@pytest.fixture
def plant(tmp_path) -> Plant:
    made = Plant(tmp_path)
    loop = ControlLoop(name="shaver", agent=Steering(), period_s=1.0, deadline_s=1.0, priority="control")
    made.kernel.scheduler.turns["shaver"] = type("Turn", (), {"loop": loop})()
    return made


@pytest.fixture
def watch(plant) -> BusWatch:
    watch = BusWatch()
    watch.begin(plant.kernel)
    watch._device_of, watch._buses = {METER: plant.driver.name}, (plant.bus,)  # its site names no devices
    return watch


async def test_a_bus_that_brings_values_in_time_says_nothing(plant, watch):
    assert await seconds(plant, watch, 1, 30) == []


async def test_a_point_that_is_asked_seldom_is_told_of_however_often_its_device_is_read(plant, watch):
    watch._points_s = {METER: 30.0}
    (words,) = await seconds(plant, watch, 1, 10)
    assert words == f"shaver steers by {METER} every 1 s, and {plant.driver.name} gives it every 30 s only"


async def test_a_bus_that_got_too_slow_is_told_with_both_rates_once_in_the_log_and_again_when_it_is_over(
    plant, watch
):
    await seconds(plant, watch, 1, 10)
    with structlog.testing.capture_logs() as logged:
        (words,) = await seconds(plant, watch, 2, 40)
        assert "shaver steers by" in words
        assert "every 1 s" in words
        assert await seconds(plant, watch, 1, 40) == []
    assert [line["event"] for line in logged] == [
        "bus too slow for a loop",
        "bus carries the loop again",
    ]


async def test_a_device_that_is_away_is_no_slow_bus(plant, watch):
    await seconds(plant, watch, 1, 10)
    assert await seconds(plant, watch, 1000, 40) == []


async def test_a_slow_device_that_falls_silent_is_not_said_to_be_carried_again(plant, watch):
    await seconds(plant, watch, 1, 10)
    with structlog.testing.capture_logs() as logged:
        await seconds(plant, watch, 2, 40)
        await seconds(plant, watch, 1000, 40)
    assert [line["event"] for line in logged] == ["bus too slow for a loop"]


def test_the_ladder_knows_the_condition():
    assert LADDER[CONDITION].seen_by == "shell"
