from datetime import UTC, datetime

import pytest

from simulators.profiles.from_csv import ProfilesInvalid, read_csv
from simulators.profiles.stored import read_profiles, write_profiles

SECOND = 1_000_000_000


def write(tmp_path, text):
    path = tmp_path / "profiles.csv"
    path.write_text(text, encoding="utf-8")
    return path


def hours(zone, *rows):
    head = f"time{f' [{zone}]' if zone else ''},village [kW]\n"
    return head + "".join(f"{row}\n" for row in rows)


def errors_of(path, **more):
    with pytest.raises(ProfilesInvalid) as caught:
        read_csv(path, **more)
    return "\n".join(caught.value.errors)


def test_values_are_in_kw_or_per_unit_whatever_the_file_has(tmp_path):
    text = "time,a [MW],b [W],c [%],d [1]\n2024-01-01T00:00Z,1,1500,50,0.5\n2024-01-01T01:00Z,2,500,25,0.25\n"
    profiles = read_csv(write(tmp_path, text)).profiles
    assert profiles.names == ("a", "b", "c", "d")
    assert profiles.values[:, 0].tolist() == [1000.0, 1.5, 0.5, 0.5]
    assert profiles.step_s == 3600


def test_local_time_is_read_in_its_zone(tmp_path):
    path = write(tmp_path, hours("Europe/Berlin", "2024-07-01 00:00,1", "2024-07-01 01:00,2"))
    start = datetime(2024, 6, 30, 22, tzinfo=UTC)
    assert read_csv(path).profiles.start_ns == int(start.timestamp()) * SECOND


def test_the_hour_that_a_clock_shows_twice_is_two_hours(tmp_path):
    rows = ("2024-10-27 01:00,1", "2024-10-27 02:00,2", "2024-10-27 02:00,3", "2024-10-27 03:00,4")
    profiles = read_csv(write(tmp_path, hours("Europe/Berlin", *rows))).profiles
    assert profiles.values.tolist() == [[1.0, 2.0, 3.0, 4.0]]
    assert profiles.step_s == 3600


def test_a_time_that_no_clock_shows_is_an_error(tmp_path):
    path = write(tmp_path, hours("Europe/Berlin", "2024-03-31 01:00,1", "2024-03-31 02:00,2"))
    assert "does not exist in Europe/Berlin" in errors_of(path)


def test_gaps_are_listed_and_never_filled_in_silence(tmp_path):
    rows = ("2024-01-01T00:00Z,1", "2024-01-01T01:00Z,", "2024-01-01T02:00Z,3", "2024-01-01T05:00Z,6")
    path = write(tmp_path, hours("", *rows, "2024-01-01T06:00Z,7", "2024-01-01T07:00Z,8"))
    told = errors_of(path)
    assert "village: 1 values missing from 2024-01-01T01:00:00+00:00" in told
    assert "village: 2 values missing from 2024-01-01T03:00:00+00:00" in told
    assert "2 values" in errors_of(path, bridge_s=3600.0)
    assert "1 values" not in errors_of(path, bridge_s=3600.0)
    bridged = read_csv(path, bridge_s=7200.0)
    assert bridged.profiles.values.tolist() == [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]
    assert len(bridged.bridged) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("time,village\n2024-01-01T00:00Z,1\n", "no unit"),
        ("time,village [kWh]\n2024-01-01T00:00Z,1\n", "no unit"),
        ("when,village [kW]\n", "first column is time"),
        ("time [Europe/Nowhere],village [kW]\n", "no time zone Europe/Nowhere"),
        ("time,a [1],a [1]\n", "a stands 2 times"),
        (hours("", "2024-01-01 00:00,1"), "no time with a zone"),
        (hours("", "2024-01-01T01:00Z,1", "2024-01-01T00:00Z,1"), "not after the line before"),
        (hours("", "2024-01-01T00:00Z,1"), "fewer than two rows"),
        (hours("", "2024-01-01T00:00Z,1,5", "2024-01-01T01:00Z,many"), "many is no number"),
        (
            hours(
                "", "2024-01-01T00:00Z,1", "2024-01-01T01:00Z,1", "2024-01-01T02:00Z,1", "2024-01-01T02:20Z,1"
            ),
            "not on the grid of 3600 s",
        ),
        ("", "first column is time"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_the_reason(tmp_path, text, why):
    assert why in errors_of(write(tmp_path, text))


def test_a_stored_set_reads_back_to_seven_digits(tmp_path):
    path = write(tmp_path, hours("", "2024-01-01T00:00Z,1.23456789", "2024-01-01T01:00Z,-2"))
    profiles = read_csv(path).profiles
    write_profiles(profiles, tmp_path / "profiles.npz")
    again = read_profiles(tmp_path / "profiles.npz")
    assert (again.names, again.start_ns, again.step_s) == (profiles.names, profiles.start_ns, profiles.step_s)
    assert again.values == pytest.approx(profiles.values, rel=1e-7)


def test_a_file_that_is_no_set_is_refused(tmp_path):
    import numpy as np

    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with pytest.raises(ValueError, match="no profile set"):
        read_profiles(tmp_path / "other.npz")
