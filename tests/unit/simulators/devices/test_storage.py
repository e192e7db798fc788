import pytest
from msgspec.structs import replace

from simulators.devices.storage import Storage, StorageRating

RATING = StorageRating(
    power_kw=4000.0, energy_kwh=8000.0, ramp_kw_per_s=400.0, efficiency=0.9,
    lowest_percent=10.0, highest_percent=90.0,
)  # fmt: skip


def charged(percent: float, power_kw: float = 0.0) -> Storage:
    return Storage(rating=RATING, energy_kwh=80.0 * percent, power_kw=power_kw)


def test_power_follows_the_target_along_the_ramp():
    assert charged(50).after(5.0, 4000.0).power_kw == 2000.0
    assert charged(50).after(10.0, 4000.0).power_kw == 4000.0
    assert charged(50, 1000.0).after(5.0, -1000.0).power_kw == pytest.approx(-1000.0)


def test_discharging_takes_more_than_it_gives_and_charging_stores_less_than_it_takes():
    out = charged(50, 1000.0).after(3600.0, 1000.0)
    assert out.energy_kwh == pytest.approx(4000.0 - 1000.0 / 0.9)
    into = charged(50, -1000.0).after(3600.0, -1000.0)
    assert into.energy_kwh == pytest.approx(4000.0 + 1000.0 * 0.9)


@pytest.mark.parametrize("target_kw", [3000.0, -3000.0, 500.0], ids=["out", "in", "slowly"])
@pytest.mark.parametrize("power_kw", [0.0, 2000.0, -2000.0])
def test_the_result_does_not_depend_on_how_often_one_looks(target_kw, power_kw):
    once = charged(50, power_kw).after(600.0, target_kw)
    often = charged(50, power_kw)
    for _ in range(2400):
        often = often.after(0.25, target_kw)
    assert often.energy_kwh == pytest.approx(once.energy_kwh, rel=1e-9)
    assert often.power_kw == pytest.approx(once.power_kw)


@pytest.mark.parametrize(("target_kw", "limit"), [(4000.0, 10.0), (-4000.0, 90.0)], ids=["empty", "full"])
def test_its_own_protection_stops_it_at_the_limit(target_kw, limit):
    state = charged(50, target_kw).after(4 * 3600.0, target_kw)
    assert state.charge_percent == pytest.approx(limit)
    assert state.power_kw == 0.0
    assert state.blocked(target_kw)
    assert not state.blocked(-target_kw)
    assert state.after(60.0, target_kw).power_kw == 0.0
    assert state.after(60.0, -target_kw).power_kw == -target_kw


def test_energy_never_leaves_the_band_on_a_ramp():
    state = charged(10.01)
    for _ in range(100):
        state = state.after(0.1, 4000.0)
        assert state.charge_percent >= 10.0
    assert state.power_kw == 0.0


def test_doing_nothing_loses_nothing():
    assert charged(50).after(86400.0, 0.0) == charged(50)


def test_cycles_count_what_the_cells_took_and_cost_capacity():
    rating = StorageRating(power_kw=100, energy_kwh=100, ramp_kw_per_s=1e6, efficiency=1.0,
                           lowest_percent=0.0, highest_percent=100.0, fade_per_cycle=0.001)  # fmt: skip
    battery = Storage(rating=rating, energy_kwh=0.0)
    for _ in range(100):
        battery = battery.after(7200.0, -100.0).after(7200.0, 100.0)
    assert 94.0 < battery.cycles < 100.0
    assert abs(battery.capacity_kwh - (100.0 - 0.1 * battery.cycles)) < 1e-9
    assert battery.after(7200.0, -100.0).charge_percent > 99.9


def test_self_discharge_empties_a_battery_that_nobody_uses():
    rating = StorageRating(power_kw=100, energy_kwh=100, ramp_kw_per_s=1e6, efficiency=1.0,
                           lowest_percent=5.0, highest_percent=95.0, standby_kw=0.05)  # fmt: skip
    battery = Storage(rating=rating, energy_kwh=50.0)
    assert abs(battery.after(86_400.0, 0.0).energy_kwh - 48.8) < 1e-9
    assert battery.after(100 * 86_400.0, 0.0).energy_kwh == 0.0


def test_what_goes_in_is_stored_given_or_lost():
    full = charged(50, -1000.0).after(3600.0, -1000.0)
    assert full.lost_kwh == pytest.approx(1000.0 - (full.energy_kwh - 4000.0)) == pytest.approx(100.0)
    back = replace(full, power_kw=0.0).after(10.0, 4000.0)  # a ramp of ten seconds
    given_kwh = 2000.0 * 10.0 / 3600.0
    assert back.lost_kwh - full.lost_kwh == pytest.approx(full.energy_kwh - back.energy_kwh - given_kwh)
    empty = replace(back, rating=replace(RATING, standby_kw=2.0)).after(48 * 3600.0, 4000.0)
    given_kwh += 0.9 * (back.energy_kwh - 800.0)
    stored_kwh = empty.energy_kwh - 4000.0
    assert stored_kwh == pytest.approx(800.0 - 2.0 * 48 - 4000.0)
    assert 1000.0 - given_kwh == pytest.approx(stored_kwh + empty.lost_kwh)
