"""The deployment files, proven without a container engine: the real tools read them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from aios.cli.app import app
from aios.site import load_site
from kernel.shell.socket import Server
from kernel.shell.wire import Answer, GetSnapshot, Rejected, Request
from simulators.scenario import scenario_of
from tests.architecture.sources import ROOT
from tests.fakes.snapshots import snapshot

pytestmark = pytest.mark.system
DEPLOY = ROOT / "deploy"
BIN = Path(sys.executable).parent
ENV_FILE = DEPLOY / "stack.env.example"
REQUIRED = ("AIOS_IMAGE", "MOSQUITTO_IMAGE", "TIMESCALEDB_IMAGE", "OPA_IMAGE", "HAPROXY_IMAGE", "SECRETS")


def compose(env_file: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Let Compose read our file; that needs no engine."""
    clean = {name: value for name, value in os.environ.items() if name not in REQUIRED}
    return subprocess.run(
        [BIN / "docker-compose", "--env-file", env_file, *arguments],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    """The stack as Compose understands it."""
    done = compose(ENV_FILE, "config", "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_setting_stops_the_stack_with_its_name(tmp_path, name):
    lines = [line for line in ENV_FILE.read_text().splitlines() if not line.startswith(f"{name}=")]
    env_file = tmp_path / "stack.env"
    env_file.write_text("\n".join(lines))
    done = compose(env_file, "config", "--quiet")
    assert done.returncode != 0
    assert name in done.stderr


def test_every_service_of_the_stack_is_there(stack):
    assert set(stack["services"]) == {
        "field", "mosquitto", "timescaledb", "opa", "gateway", "control-room", "door",
    }  # fmt: skip


def test_every_service_is_hardened(stack):
    for name, service in stack["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "cap_add" not in service, name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["user"].split(":")[0]) > 0, name
        assert 0 < service["pids_limit"] <= 128, name
        assert 0 < int(service["mem_limit"]) <= 2 << 30, name
        assert 0 < float(service["cpus"]) <= 2, name
        assert service["restart"] == "unless-stopped", name
        assert service["healthcheck"]["test"][0] == "CMD", name
        assert service["logging"]["options"]["max-size"], name
        assert service["stop_grace_period"], name


def test_nothing_is_published_but_the_page_and_that_on_loopback(stack):
    published = {
        name: service["ports"] for name, service in stack["services"].items() if service.get("ports")
    }
    assert set(published) == {"control-room"}
    assert [port["host_ip"] for port in published["control-room"]] == ["127.0.0.1"]


def test_only_the_gateway_stands_in_two_zones(stack):
    zones = {name: set(service.get("networks") or ()) for name, service in stack["services"].items()}
    assert zones.pop("gateway") == {"field", "core"}
    assert zones.pop("door") == set()  # it lives in the control room's
    assert all(len(networks) == 1 for networks in zones.values()), zones
    assert [name for name, networks in zones.items() if "field" in networks] == ["field"]
    assert stack["networks"]["field"]["internal"] is True
    assert stack["networks"]["core"]["internal"] is True


def test_no_service_sees_the_engine_or_the_machine(stack):
    for name, service in stack["services"].items():
        assert not service.get("privileged"), name
        assert service.get("network_mode") in {None, "service:control-room"}, name
        for volume in service.get("volumes", []):
            assert "docker.sock" not in volume["source"], name
            assert volume["type"] == "volume" or volume["read_only"], name


def test_secrets_are_files_that_the_readme_tells_how_to_make(stack):
    told = (DEPLOY / "README.md").read_text()
    assert [name for name in stack["secrets"] if name not in told] == []
    for name, service in stack["services"].items():
        words = {key for key in service.get("environment", {}) if re.search("PASS|SECRET|TOKEN|KEY", key)}
        assert all(key.endswith("_FILE") for key in words), name


def test_the_commands_of_the_stack_and_of_the_unit_exist(stack):
    commands = [stack["services"][name]["command"] for name in ("field", "gateway", "control-room")]
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(DEPLOY / "systemd" / "aios-gateway.service")
    commands.append(shlex.split(unit["Service"]["ExecStart"]))
    known = typer.main.get_command(app).commands
    for program, name, *arguments in commands:
        assert Path(program).name == "aios"
        with known[name].make_context(name, arguments) as context:
            assert context.params["folder"]


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The site file that `make site` writes."""
    target = tmp_path_factory.mktemp("site") / "nord.toml"
    command = [sys.executable, DEPLOY / "make_site.py", ROOT / "aios" / "sites" / "nord.toml", target]
    subprocess.run(command, check=True, timeout=60, stdout=subprocess.DEVNULL)
    return target


def test_the_stacks_site_is_good_and_its_devices_are_the_service_field(made, stack):
    site = load_site(made)
    assert {device.host for device in site.devices} == {"field"}
    assert site.uplinks.mqtt == "mqtt://mosquitto:1883"
    passfile = site.uplinks.history.partition("passfile=")[2]
    assert passfile == "/run/secrets/history_passfile"
    assert "history_passfile" in {secret["source"] for secret in stack["services"]["gateway"]["secrets"]}


def test_the_stacks_world_begins_today_without_planned_faults(made):
    scenario = scenario_of(load_site(made))
    start = tomllib.loads(made.read_text())["simulation"]["start"]
    assert abs(start.timestamp() - made.stat().st_mtime) < 2 * 86_400
    assert (scenario.faults, scenario.requests) == ((), ())


def test_the_health_check_of_the_field_asks_a_port_that_the_site_has(made, stack):
    asked = re.search(r"'field', (\d+)", stack["services"]["field"]["healthcheck"]["test"][-1])
    assert int(asked[1]) in {device.port for device in load_site(made).devices}


def answers(socket: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, DEPLOY / "gateway_answers.py", socket]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_a_gateway_that_is_not_there_is_unhealthy(tmp_path):
    done = answers(tmp_path / "gateway.sock")
    assert done.returncode == 1
    assert "no gateway answers" in done.stderr


@pytest.mark.parametrize(("healthy", "code"), [(True, 0), (False, 1)], ids=["well", "gate ill"])
async def test_a_gateway_is_healthy_when_it_answers_and_its_gate_is_well(tmp_path, healthy, code):
    state = snapshot()
    state = msgspec.structs.replace(state, gate=msgspec.structs.replace(state.gate, healthy=healthy))

    async def respond(request: Request) -> Answer:
        return state if isinstance(request, GetSnapshot) else Rejected(reason="not here")

    server = Server(tmp_path / "gateway.sock", respond)
    await server.open()
    try:
        done = await asyncio.to_thread(answers, tmp_path / "gateway.sock")
    finally:
        await server.close()
    assert (done.returncode, done.stderr) == (
        (0, "") if code == 0 else (1, "gateway: its policy gate is not well\n")
    )
