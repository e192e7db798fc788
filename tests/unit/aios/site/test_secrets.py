"""No secret stands in a site file, and one that does is shown in no finding."""

from pathlib import Path

import msgspec
import pytest

from aios.site import SiteInvalid, site_of
from aios.site.diff import differences
from aios.site.secrets import has_password, without_secrets
from aios.testing.small_site import TEXT

FOLDER = Path("/etc/aios")
PASSWORD = "open-sesame"


def site_with(uplinks: str, **more):
    return site_of(f"{TEXT}\n[uplinks]\n{uplinks}\n", folder=FOLDER, **more)


def findings(uplinks: str):
    with pytest.raises(SiteInvalid) as invalid:
        site_with(uplinks)
    return [(one.where, one.text) for one in invalid.value.findings]


@pytest.mark.parametrize(
    ("line", "key"),
    [
        (f'mqtt = "mqtts://gateway:{PASSWORD}@broker:8883"', "mqtt"),
        (f'history = "postgresql://aios:{PASSWORD}@db/aios"', "history"),
        (f'history = "postgres://db/aios?user=aios&password={PASSWORD}"', "history"),
        (f'history = "postgresql://db/aios?sslpassword={PASSWORD}"', "history"),
    ],
)
def test_a_password_in_the_site_file_is_refused_and_not_repeated(line, key):
    [(where, text)] = findings(line)
    assert where == f"uplinks.{key}"
    assert f"{key}_password_file" in text
    assert PASSWORD not in text


@pytest.mark.parametrize(
    "line",
    [
        f'mqtt = "mqtts://gateway:{PASSWORD}@broker"',
        f'mqtt = "mqtts://gateway:{PASSWORD}@broker:8883"\nmqtt_form = "json"\nsparkplug = {{ group = "a" }}',
        f'history = "mysql://aios:{PASSWORD}@db"',
        f'mqtt = {{ password = "{PASSWORD}" }}',
    ],
)
def test_a_mistake_beside_a_password_does_not_show_it(line):
    assert PASSWORD not in repr(findings(line))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('mqtt = "mqtts://broker:8883"\nmqtt_password_file = "p"', "a password belongs to an account"),
        ('history_password_file = "p"', "history_password_file is given, but history has no address"),
    ],
)
def test_a_secret_that_nobody_would_use_is_a_finding(line, words):
    assert words in repr(findings(line))


def test_a_secret_is_named_and_the_site_holds_its_name_only():
    site = site_with(
        'mqtt = "mqtts://gateway@broker:8883"\nmqtt_password_file = "broker_password"\n'
        'history = "postgresql://aios@db/aios"\nhistory_password_file = "credential:history"'
    )
    assert site.uplinks.mqtt_password_file == str(FOLDER / "broker_password")
    assert site.uplinks.history_password_file == "credential:history"


def test_neither_site_nor_its_differences_hold_what_the_file_says(tmp_path):
    (tmp_path / "password").write_text(PASSWORD)
    named = f'mqtt_password_file = "{tmp_path / "password"}"'
    before, after = site_with(""), site_with(f'mqtt = "mqtts://gateway@broker:8883"\n{named}')
    told = msgspec.json.encode(after).decode() + repr(after) + repr(differences(before, after))
    assert "password" in told
    assert PASSWORD not in told


def test_a_recording_of_a_release_that_knew_no_files_is_read_all_the_same():
    assert site_with(f'mqtt = "mqtt://gateway:{PASSWORD}@broker:1883"', format=1).uplinks.mqtt


@pytest.mark.parametrize(
    "address", ["mqtt://b:1883", "sqlite", "", "postgresql://aios@db/aios?sslmode=require"]
)
def test_an_address_without_a_password_is_none(address):
    assert not has_password(address)


def test_an_address_that_nobody_can_read_counts_as_one_with_a_password():
    assert has_password("postgresql://[db/aios")


@pytest.mark.parametrize(
    "found", [f"mqtt://a:{PASSWORD}@b", {"password": PASSWORD}, f"x?Password={PASSWORD}&a=1"]
)
def test_a_value_is_shown_without_its_password(found):
    assert PASSWORD not in without_secrets(found)
