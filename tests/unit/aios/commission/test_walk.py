"""A walk compares each point with what a person read, tries writes through the gate, can be interrupted."""

from pathlib import Path

import pytest

from aios.cli.commission import _begun, _closed
from aios.commission.means import Means
from aios.commission.person import Again, Interrupted, Table
from aios.commission.progress import load_progress, save_progress
from aios.commission.readings import Reading, ReadingsInvalid, read_readings
from aios.commission.sheet import Verdict
from aios.commission.walk import Walk
from aios.devices.ask_gateway import Asked
from aios.devices.gentle import GentleLink
from aios.devices.probe import probe, write_map
from aios.site import site_of
from drivers.modbus.direct import DirectLink
from drivers.modbus.entry import Table as Registers
from kernel.shell.socket import GatewayAway
from simulators.devices.sunspec_inverter import SunSpecInverter
from tests.fakes.still_clock import StillClock

SITE = """
[site]
name = "yard"
title = "Yard"
base_tick_s = 0.5

[[asset]]
name = "grid"
kind = "connection"

[[asset]]
name = "pv1"
kind = "feeder"
upstream = "grid"

[[device]]
name = "inverter"
asset = "pv1"
map = "inverter.toml"

[[point]]
name = "pv1/active_power_limit"
writing = { reversion_s = 1.0, renew_s = 0.3 }

[policies]
names = ["der_reversion_required"]
"""
LIMIT = "pv1/active_power_limit"
POWER = "pv1/active_power"


class Clock(StillClock):
    def wall_ns(self) -> int:
        return self.ns


class Unnamed(DirectLink):
    """A direct link that does not know function 43/14."""

    async def identify(self, unit: int) -> dict[str, str]:
        return {}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def inverter() -> SunSpecInverter:
    return SunSpecInverter(rating_kw=50.0, available_kw=40.0)


@pytest.fixture
async def site(tmp_path: Path, inverter, clock):
    link = GentleLink(Unnamed(inverter, clock), gap_s=0.0)
    write_map(await probe(link, 1, target="here", models=frozenset({103, 123})), tmp_path / "inverter.toml")
    return site_of(SITE, folder=tmp_path)


def walk_of(site, tmp_path, person, clock, inverter, follow=None) -> Walk:
    def nobody(folder, wish, wait_s):
        raise GatewayAway("no gateway answers")

    async def pause(seconds):
        clock.pass_s(seconds)

    means = Means(
        clock=clock, follow=follow or nobody, link=lambda device: DirectLink(inverter, clock), pause=pause
    )
    return Walk(site, tmp_path, who="anna", person=person, means=means, wish_s=0.1)


def fresh(site, tmp_path, scope):
    return _begun(site, tmp_path / "under_way.json", scope, again=False)


async def walked(site, tmp_path, clock, inverter, readings, scope=f"{POWER},{LIMIT}", follow=None):
    walk = walk_of(site, tmp_path, Table(readings), clock, inverter, follow)
    done = await walk.run(fresh(site, tmp_path, scope), lambda _: None)
    return {result.point: result for result in done.results}


async def test_each_point_stands_there_with_registers_value_and_reference(site, tmp_path, clock, inverter):
    found = await walked(site, tmp_path, clock, inverter, {POWER: Reading(reference="40.2")}, POWER)
    power = found[POWER]
    assert (power.verdict, power.value, power.unit, power.quality) == (Verdict.AGREES, 40.0, "kW", "good")
    assert (power.raw.address, power.raw.registers) == (40084, (4000,))
    assert power.tolerance == pytest.approx(0.402)


@pytest.mark.parametrize(
    ("reading", "verdict"),
    [
        (Reading(reference="41"), Verdict.DIFFERS),
        (Reading(reference="41", tolerance=2.0), Verdict.AGREES),
        (Reading(reference="40.0001", tolerance=0.0), Verdict.DIFFERS),
        (Reading(), Verdict.NOT_COMPARED),
        (Reading(reference="forty"), Verdict.NOT_COMPARED),
    ],
)
async def test_a_difference_beyond_the_tolerance_and_no_reference_are_told(
    site, tmp_path, clock, inverter, reading, verdict
):
    found = await walked(site, tmp_path, clock, inverter, {POWER: reading}, POWER)
    assert found[POWER].verdict is verdict


async def test_a_state_is_compared_by_its_name(site, tmp_path, clock, inverter):
    name = "pv1/operating_state"
    found = await walked(site, tmp_path, clock, inverter, {name: Reading(reference="MPPT")}, name)
    assert (found[name].verdict, found[name].state) == (Verdict.AGREES, "mppt")


async def test_without_a_gateway_nothing_is_written(site, tmp_path, clock, inverter):
    found = await walked(
        site, tmp_path, clock, inverter, {LIMIT: Reading(reference="100", write=30.0)}, LIMIT
    )
    assert (found[LIMIT].written.outcome, inverter.journal) == ("not written", ())
    assert not found[LIMIT].good


def gateway(inverter, clock, *, reverts: bool):
    """Write as a gateway would, with or without the timer in the device."""

    def follow(folder, wish, wait_s):
        words = [round(10 * wish.value), 0, 1 if reverts else 0, 0, 1]
        inverter.write(Registers.HOLDING, 40187, words, clock.ns)
        clock.pass_s(0.2)
        return Asked(point=wish.point, value=wish.value, stage="permitted", command="c1", outcome="done",
                     detail="read back", read_back=wish.value)  # fmt: skip

    return follow


@pytest.mark.parametrize("reverts", [True, False])
async def test_a_test_write_sees_the_device_fall_back_or_says_that_it_does_not(
    site, tmp_path, clock, inverter, reverts
):
    reading = Reading(reference="100", write=30.0, reversion=True)
    follow = gateway(inverter, clock, reverts=reverts)
    found = await walked(site, tmp_path, clock, inverter, {LIMIT: reading}, LIMIT, follow)
    test = found[LIMIT].written
    assert (test.outcome, test.reverted) == ("done", reverts)
    assert found[LIMIT].good is reverts
    if reverts:
        assert test.reversion.startswith("pv1/active_power_limit_enabled is disabled")


async def test_an_interrupted_walk_goes_on_where_it_stopped(site, tmp_path, clock, inverter):
    class Tired:
        asked = 0

        def reading(self, point, look):
            self.asked += 1
            if self.asked == 3:
                raise Interrupted
            if self.asked == 1:
                raise Again
            return Reading(reference="40")

    path = tmp_path / "under_way.json"
    scope = f"{POWER},pv1/frequency,{LIMIT}"
    walk = walk_of(site, tmp_path, Tired(), clock, inverter)
    with pytest.raises(Interrupted):
        await walk.run(_begun(site, path, scope, again=False), lambda done: save_progress(done, path))
    assert [result.point for result in load_progress(path).results] == [POWER]
    rest = walk_of(site, tmp_path, Table({}), clock, inverter)
    done = await rest.run(_begun(site, path, scope, again=False), lambda done: save_progress(done, path))
    assert [result.point for result in done.results] == [POWER, "pv1/frequency", LIMIT]
    assert done.results[0].reference == "40"
    assert not _closed(site, done, "anna").good


async def test_a_walk_of_another_map_is_begun_anew(site, tmp_path, clock, inverter):
    path = tmp_path / "under_way.json"
    walk = walk_of(site, tmp_path, Table({}), clock, inverter)
    await walk.run(_begun(site, path, POWER, again=False), lambda done: save_progress(done, path))
    assert _begun(site, path, POWER, again=False).results
    assert not _begun(site, path, POWER, again=True).results
    assert not _begun(site, path, LIMIT, again=False).results
    (tmp_path / "inverter.toml").write_text((tmp_path / "inverter.toml").read_text() + "\n# changed\n")
    assert not _begun(site, path, POWER, again=False).results


def test_every_mistake_of_a_table_is_listed(site, tmp_path):
    path = tmp_path / "readings.csv"
    path.write_text(
        f"point,reference,tolerance,write,reversion\n{POWER},40,x,,\nno/such,1,,,\n{LIMIT},1,,,maybe\n"
    )
    with pytest.raises(ReadingsInvalid) as mistakes:
        read_readings(path, site)
    text = str(mistakes.value)
    assert [f":{line}:" in text for line in (2, 3, 4)] == [True] * 3
    path.write_text(f"point,colour\n{POWER},red\n")
    with pytest.raises(ReadingsInvalid, match="colour"):
        read_readings(path, site)
