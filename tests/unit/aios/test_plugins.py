"""Agents from a plain file: found beside the site file, checked, and named by their digest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aios.cli.app import app
from aios.plugins import NoSuchAgent, beside, digest_of, maker_of, origin_of
from aios.site import SiteInvalid, site_of
from aios.testing import check_agent
from tests.system.virtual_nord import NORD

SHED = '''
"""A small agent in a file."""

from aios import Step


class Shed:
    """Wants nothing and says so."""

    reads = ("grid/active_power",)
    proposes = ()

    def __init__(self, name):
        self.name = name
        self.count = 0

    def start(self, past):
        return 0

    def step(self, view, state):
        BODY
        return Step(state=state + 1)


def make(spec, site):
    return Shed(spec.agent)
'''
LOOP = """
[[loop]]
agent = "shedder"
kind = "file:agents/shed.py"
period_s = 60.0
deadline_s = 1.0
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "agents").mkdir()
    write(tmp_path, "pass")
    return tmp_path


def write(folder: Path, body: str) -> Path:
    path = folder / "agents" / "shed.py"
    path.write_text(SHED.replace("BODY", body), encoding="utf-8")
    return path


def claims(folder: Path, body: str, **options) -> dict[str, str]:
    site = site_of(NORD.read_text())
    agent = maker_of(f"file:{write(folder, body)}")(site.loops[0], site)
    return {
        found.claim: f"{found.found}. {found.do}" for found in check_agent(agent, site, **options).findings
    }


def test_a_site_names_an_agent_by_its_file_beside_it(folder: Path) -> None:
    site = site_of(NORD.read_text() + LOOP, folder=folder)
    (spec,) = (loop for loop in site.loops if loop.agent == "shedder")
    agent = maker_of(spec.kind)(spec, site)
    assert agent.name == "shedder"
    digest = hashlib.sha256((folder / "agents" / "shed.py").read_bytes()).hexdigest()
    assert digest_of(spec.kind) == digest
    assert origin_of(spec.kind) == f"sha256 {digest}"
    assert "shedder/rung" in site.row


def test_a_file_that_is_not_there_is_a_mistake_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SiteInvalid, match=r"there is no file agents/shed\.py beside the site file"):
        site_of(NORD.read_text() + LOOP, folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [("x = 1", "no function make"), ("raise OSError('no')", "cannot be imported: OSError: no")],
    ids=["no make", "broken"],
)
def test_a_file_that_makes_no_agent_says_why(folder: Path, text: str, why: str) -> None:
    path = folder / "agents" / "shed.py"
    path.write_text(text)
    with pytest.raises(NoSuchAgent, match=why):
        maker_of(f"file:{path}")


def test_an_entry_point_keeps_its_kind_and_tells_its_package() -> None:
    assert beside("peak_shaving", Path("/site")) == "peak_shaving"
    assert origin_of("peak_shaving").startswith("aios-grid ")


def test_a_good_agent_is_fit(folder: Path) -> None:
    assert claims(folder, "pass") == {}


@pytest.mark.parametrize(
    ("body", "claim", "found"),
    [
        ("import time; time.time()", "is pure", "time.time()"),
        ("import datetime; datetime.datetime.now()", "is pure", "datetime.now()"),
        ("import random; random.random()", "is pure", "random random()"),
        ("open('/dev/null').close()", "is pure", "open('/dev/null')"),
        ("import socket; socket.socket().close()", "is pure", "socket.__new__"),
        ("import subprocess; subprocess.run(['true'])", "is pure", "subprocess.Popen"),
        ("view.readings['f11/voltage']", "survives every view", "declare what it looks at"),
        ("view.usable('grid/active_power') + 1", "survives every view", "with holes"),
        ("self.count += 1; state = state + self.count", "gives the same for the same", "second life"),
        ("return None", "gives a Step", "NoneType"),
        ("return Step(state=object())", "has a state that travels", "type object"),
        ("return Step(state=state, rung='hold')", "says why it steps down", "hold"),
        ("return Step(state=state, rung='top', why_rung='x')", "stands on the ladder", "no rung top"),
    ],
)  # fmt: skip
def test_the_check_finds_what_is_wrong_and_says_what_to_do(
    folder: Path, body: str, claim: str, found: str
) -> None:
    told = claims(folder, body)
    assert claim in told, told
    assert found in told[claim]


def test_an_agent_that_cannot_start_is_found(folder: Path) -> None:
    site = site_of(NORD.read_text())
    path = write(folder, "pass")
    path.write_text(path.read_text().replace("return 0", "return past.recorded[0]"))
    (found,) = check_agent(maker_of(f"file:{path}")(site.loops[0], site), site).findings
    assert found.claim == "starts from an empty past"
    assert f"{path}:18" in found.found


def test_a_step_that_is_too_slow_for_the_loop_is_found(folder: Path) -> None:
    told = claims(folder, "sum(range(300_000))", budget_ms=0.5)
    assert "of 0.5 ms" in told["keeps its budget"]


def test_the_command_says_what_was_found_and_ends_with_findings(folder: Path) -> None:
    path = write(folder, "import time; time.time()")
    done = CliRunner().invoke(app, ["agent", "check", str(path)])
    assert done.exit_code == 1
    assert "is pure: its step reached for time.time()" in done.output
    assert CliRunner().invoke(app, ["agent", "check", "no_such_kind"]).exit_code == 3
    write(folder, "pass")
    assert CliRunner().invoke(app, ["agent", "check", str(path)]).exit_code == 0
