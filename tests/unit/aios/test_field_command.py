"""`aios field` says what is wrong before it opens a port."""

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.exits import Exit

DEVICE = '[[device]]\nname = "m"\nmap = "feeder_meter"\n'


@pytest.fixture
def field(tmp_path):
    (tmp_path / "field.toml").write_text(DEVICE, encoding="utf-8")
    (tmp_path / "wrong.toml").write_text(DEVICE + 'protocol = "carrier pigeon"\n', encoding="utf-8")
    (tmp_path / "secured.toml").write_text(
        '[tls]\nca = "a"\ncertificate = "b"\nkey = "c"\n' + DEVICE, encoding="utf-8"
    )

    def run(*arguments: str):
        named = [str(tmp_path / one) if one.endswith(".toml") else one for one in arguments]
        return CliRunner().invoke(app, ["field", *named, "--folder", str(tmp_path)])

    return run


def test_a_site_with_tls_asks_for_what_its_devices_show(tmp_path):
    from tests.system.test_behaving_devices import SITE

    papers = 'ca = "ca.pem"\ncertificate = "us.pem"\nkey = "us.key"\n'
    for name in ("ca.pem", "us.pem", "us.key"):
        (tmp_path / name).touch(mode=0o600)
    secured = SITE.replace("port = 15001\n", f'port = 15001\nprotocol = "modbus-tls"\n{papers}')
    (tmp_path / "site.toml").write_text(secured, encoding="utf-8")
    done = CliRunner().invoke(app, ["field", str(tmp_path / "site.toml"), "--folder", str(tmp_path)])
    assert (done.exit_code, "--certificate" in done.output) == (Exit.FAILED, True), done.output


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (["wrong.toml"], Exit.FINDINGS, "no protocol carrier pigeon"),
        (["secured.toml"], Exit.NOT_THERE, "No such file"),
        (["field.toml", "--scaled", "60"], Exit.USAGE, "no day to scale"),
        (["nord", "--copies", "2"], Exit.USAGE, "field files"),
        (["nord", "--ca", "a.pem"], Exit.USAGE, "belong together"),
        (["nord", "--ca", "a", "--certificate", "b", "--key", "c"], Exit.NOT_THERE, "No such file"),
        (["nowhere.toml"], Exit.NOT_THERE, "no site file"),
    ],
)
def test_a_mistake_ends_the_command_with_its_code(field, arguments, code, why):
    done = field(*arguments)
    assert (done.exit_code, why in " ".join(done.output.split())) == (code, True), done.output
