"""Keys of a device's transport: each has its protocol, each file is there, and a private key is private."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from aios.site.schema import SiteFile
from aios.site.transports import check_transports, reached


def site_with(*devices: dict) -> SiteFile:
    named = [
        {"name": f"dev{place}", "asset": "grid", "map": "feeder_meter", **device}
        for place, device in enumerate(devices)
    ]
    return SiteFile.model_validate(
        {
            "site": {"name": "s", "title": "S"},
            "asset": [{"name": "grid", "kind": "connection"}],
            "device": named,
            "policies": {"names": ["p"]},
        }
    )


def findings(folder: Path, *devices: dict) -> dict[tuple, str]:
    return dict(check_transports(site_with(*devices), folder))


@pytest.fixture
def files(tmp_path: Path) -> dict:
    for name in ("ca.pem", "gateway.pem", "gateway.key"):
        (tmp_path / name).write_text("pem")
    (tmp_path / "gateway.key").chmod(0o600)
    return {"protocol": "modbus-tls", "ca": "ca.pem", "certificate": "gateway.pem", "key": "gateway.key"}


def test_what_is_complete_is_no_finding(tmp_path, files):
    rtu = {"protocol": "modbus-rtu", "serial": "/dev/ttyS1", "baud": 9600, "parity": "none", "stop_bits": 2}
    assert (
        findings(tmp_path, {}, files, rtu, rtu | {"unit": 2}, {"protocol": "modbus-rtu-tcp", "port": 4001})
        == {}
    )


@pytest.mark.parametrize(
    ("device", "key", "text"),
    [
        ({"protocol": "modbus-rtu"}, "protocol", "modbus-rtu needs serial"),
        ({"baud": 9600}, "baud", "baud belongs to modbus-rtu; dev0 speaks modbus-tcp"),
        ({"server_name": "m"}, "server_name", "server_name belongs to modbus-tls; dev0 speaks modbus-tcp"),
        (
            {"protocol": "modbus-rtu", "serial": "/dev/ttyS1", "unit": 248},
            "unit",
            "a serial line has units 1 to 247, not 248",
        ),
        (
            {"protocol": "modbus-rtu-tcp", "unit": 250},
            "unit",
            "a serial line has units 1 to 247, not 250",
        ),
    ],
    ids=["serial missing", "baud misplaced", "name misplaced", "unit", "unit behind a gateway"],
)
def test_a_key_that_is_missing_or_misplaced_is_a_finding(tmp_path, device, key, text):
    assert findings(tmp_path, device) == {("device", 0, key): text}


@pytest.mark.parametrize("key", ["ca", "certificate", "key"])
def test_a_tls_file_that_is_not_named_or_not_there_is_a_finding(tmp_path, files, key):
    assert findings(tmp_path, files | {key: ""}) == {("device", 0, "protocol"): f"modbus-tls needs {key}"}
    missing = findings(tmp_path, files | {key: "no.pem"})
    assert missing == {("device", 0, key): "there is no file no.pem beside the site file"}


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o666])
def test_a_private_key_that_others_may_read_is_a_finding(tmp_path, files, mode):
    (tmp_path / "gateway.key").chmod(mode)
    (text,) = findings(tmp_path, files).values()
    assert text == f"others than its owner may read gateway.key (mode {mode:o}); chmod 600 gateway.key"


def test_two_devices_at_one_address_are_a_finding(tmp_path):
    at = {"host": "10.0.0.1", "port": 502, "unit": 3}
    line = {"protocol": "modbus-rtu", "serial": "/dev/ttyS1", "unit": 3}
    assert findings(tmp_path, at, line, at, line) == {
        ("device", 2, "port"): "dev2 and dev0 share 10.0.0.1:502 unit 3",
        ("device", 3, "serial"): "dev3 and dev1 share /dev/ttyS1 unit 3",
    }


def test_devices_of_one_line_that_describe_it_differently_are_a_finding(tmp_path):
    line = {"protocol": "modbus-rtu", "serial": "/dev/ttyS1"}
    found = findings(tmp_path, line, line | {"unit": 2, "baud": 9600})
    assert found == {("device", 1, "baud"): "dev1 and dev0 share /dev/ttyS1, but not its baud: 9600, 19200"}


def test_broadcast_is_no_unit_of_a_site():
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        site_with({"unit": 0})


def test_modbus_over_tls_has_a_port_of_its_own_and_files_beside_the_site(tmp_path, files):
    site = site_with(files, files | {"port": 8802}, {})
    folder = Path("site")
    assert [reached(device, folder)["port"] for device in site.device] == [802, 8802, 502]
    assert reached(site.device[0], folder)["key"] == "site/gateway.key"
    assert "key" not in reached(site.device[2], folder)
