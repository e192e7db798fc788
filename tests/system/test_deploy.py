"""The deployment files, proven without a container engine: the real tools read them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer

from aios.cli.app import app
from aios.processes import END_S
from aios.realtime import GATE_PRIORITY, LOOP_PRIORITY
from aios.site import load_site
from kernel.shell import worker_life
from kernel.shell.around import GATE_PATIENCE_S, JOURNAL_PATIENCE_S
from kernel.shell.child import SHUTDOWN_S
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


def test_the_unit_does_not_forbid_what_numba_needs():
    text = (DEPLOY / "systemd" / "aios-gateway.service").read_text()
    assert "MemoryDenyWriteExecute=no" in text


def read_unit(*names: str) -> dict[str, list[str]]:
    """Read the section Service of a unit with its drop-ins: every value of a key, in order."""
    said: dict[str, list[str]] = {}
    for name in names:
        for line in (DEPLOY / "systemd" / name).read_text().splitlines():
            key, is_set, value = line.partition("=")
            if is_set and not line.startswith("#"):
                said.setdefault(key, []).append(value)
    return said


UNIT, REALTIME = "aios-gateway.service", "aios-gateway.service.d/realtime.conf"


def test_the_unit_lets_the_gateway_do_what_it_does_without_privilege():
    unit = read_unit(UNIT)
    first, removed, *added = unit["SystemCallFilter"]
    assert (first, removed) == ("@system-service", "~@privileged @resources")
    permitted = {call for line in added for call in line.split()}
    assert permitted >= {"nice", "setpriority", "sched_setscheduler"}, "a worker stands back"
    assert "sched_setattr" in permitted, "the loop asks for short slices"
    assert permitted >= {"adjtimex", "clock_adjtime"}, "the clock is asked whether it is synchronised"
    assert unit["ProtectClock"] == ["no"]
    assert unit["CapabilityBoundingSet"] == [""], "so it can set no clock"


def test_the_unit_does_not_claim_real_time_and_its_drop_in_permits_what_that_takes():
    unit = read_unit(UNIT)
    assert unit["RestrictRealtime"] == ["yes"]
    assert "--realtime" not in unit["ExecStart"][-1]
    both = read_unit(UNIT, REALTIME)
    assert both["RestrictRealtime"][-1] == "no"
    assert int(both["LimitRTPRIO"][-1]) >= LOOP_PRIORITY > GATE_PRIORITY
    assert both["LimitMEMLOCK"][-1] == "infinity"
    first, cleared, second = both["ExecStart"]
    assert (cleared, second) == ("", f"{first} --realtime")
    assert REALTIME in (ROOT / "docs" / "supervision.md").read_text()


def test_the_unit_waits_for_an_ordered_end():
    (said,) = read_unit(UNIT)["TimeoutStopSec"]
    ticks_s = 2 * GATE_PATIENCE_S + JOURNAL_PATIENCE_S
    children_s = SHUTDOWN_S + (SHUTDOWN_S + 1) + (END_S + 1) + (worker_life.END_S * 3 + 1) + SHUTDOWN_S
    closing_s = 2 * JOURNAL_PATIENCE_S
    assert float(said) > ticks_s + children_s + closing_s, (
        "tick, one bus, historian, worker, socket; the journal"
    )


def test_the_unit_is_watched_and_told_when_the_gateway_is_ready():
    text = (DEPLOY / "systemd" / "aios-gateway.service").read_text()
    for line in ("Type=notify", "NotifyAccess=main", "WatchdogSec=4", "Restart=on-failure"):
        assert line in text.splitlines(), line


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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel that the image is built from."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(command, check=True, cwd=ROOT, timeout=120, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_alone_can_check_the_shipped_site(wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = "import aios; from aios.cli import main; print(aios.__file__, flush=True); main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "nord"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path))  # not the working tree
    assert "good." in done.stdout


def test_the_wheel_carries_every_file_that_is_not_python(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = set(archive.namelist())
    folders = ("aios", "kernel", "policies", "drivers", "simulators", "edge")
    kinds = {".toml", ".rego", ".json", ".sql", ".npz", ".html", ".css", ".js", ".svg"}
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in folders
        for path in (ROOT / folder).rglob("*")
        if path.suffix in kinds
    }
    assert there
    assert there - shipped == set()


def test_the_image_gets_the_lock_with_its_hashes_and_runs_as_nobody_special():
    text = (DEPLOY / "Dockerfile").read_text()
    assert "--require-hashes --requirement /build/runtime.txt" in text
    assert "--no-index --no-deps /build/*.whl" in text
    assert text.rindex("USER 10001:10001") > text.rindex("RUN ")


def unpinned(tmp_path: Path, text: str) -> subprocess.CompletedProcess[str]:
    """Run deploy/check on a copy of the repository's deployment files with a stack.env of ours."""
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    for name in ("docker-compose.yml", ".compose-lint.yml", ".yamllint.yaml"):
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "deploy" / "stack.env").write_text(text)
    return subprocess.run(
        [tmp_path / "deploy" / "check"],
        env={**os.environ, "BIN": str(BIN)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_an_image_without_a_digest_is_refused(tmp_path):
    done = unpinned(tmp_path, "OPA_IMAGE=openpolicyagent/opa:1.4.2\n")
    assert done.returncode == 1
    assert "OPA_IMAGE" in done.stderr


def test_images_with_tag_and_digest_are_taken(tmp_path):
    done = unpinned(tmp_path, f"OPA_IMAGE=localhost:5000/opa:1.4.2@sha256:{'0' * 64}\n")
    assert done.returncode == 0, done.stdout + done.stderr
