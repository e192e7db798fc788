import ast
import re
import tomllib

import pytest

from tests.architecture.sources import PACKAGES, ROOT, files, imported, name_of, python, tree_of

LONGEST_FILE = 300
LONGEST_FUNCTION = 60
OURS = python(*PACKAGES)
SHELL = {
    "journal.audit",
    "journal.checkpoints",
    "journal.commands",
    "journal.committer",
    "journal.connection",
    "journal.failure",
    "journal.incident",
    "journal.lane",
    "journal.notary",
    "journal.pins",
    "journal.policies_kept",
    "journal.newest",
    "journal.recorder",
    "journal.replay",
    "journal.signing",
    "shell.shell",
    "shell.foresight",
    "shell.heartbeat",
    "shell.inbox",
    "shell.bus",
    "shell.child",
    "shell.clock",
    "shell.clock_watch",
    "shell.kept_child",
    "shell.jobs",
    "shell.judging",
    "shell.kernel",
    "shell.loop_watch",
    "shell.orphan",
    "shell.outage",
    "shell.process_child",
    "shell.queues",
    "shell.recording",
    "shell.slices",
    "shell.restart_budget",
    "shell.secret",
    "shell.socket",
    "shell.supervisor",
    "shell.supervisor_flags",
    "shell.systemd",
    "shell.task_child",
    "shell.ticking",
    "shell.turns",
    "shell.worker",
    "shell.worker_life",
    "shell.worker_plan",
    "shell.worker_pool",
    "shell.worker_process",
    "shell.worker_seat",
    "testing",
}
"""Modules of the kernel that touch the world; every other one is held pure by import-linter."""

ONE_FILE_EACH = {
    "aiomqtt": "drivers/mqtt/connection.py",
    "iotcore": "drivers/mqtt/broker.py",
    "regorus": "policies/embedded.py",
    "opa_client": "policies/opa_server.py",
    "river": "edge/learning/drift.py",
    "numba": "edge/forecasting/compiled.py",
    "tree_sitter": "aios/site/lines.py",
}
NO_NAME = re.compile(r"(^|_)(utils?|helpers?|managers?|handlers?|common|misc)(_|$)")
# A folder of one person's or one build's machine. Folders that exist everywhere, such as /var/lib, are meant.
MACHINE_PATH = re.compile(r"(?<![\w./-])/(?:home|root|work|Users|tmp)/[\w.-]+")
TEXT = {".py", ".md", ".toml", ".yml", ".yaml", ".rego", ".sql", ".conf", ".cfg", ".service", ".json", ".js"}


def test_there_are_sources_to_judge():
    assert len(OURS) > 100
    assert {name_of(path).split("/")[0] for path in OURS} == set(PACKAGES)


def test_no_file_is_longer_than_300_lines():
    long = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in OURS}
    assert {name: lines for name, lines in long.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_longer_than_60_lines():
    long = {}
    for path in OURS:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{name_of(path)}:{node.lineno} {node.name}"] = lines
    assert long == {}


def test_every_module_says_what_it_is():
    assert [name_of(path) for path in OURS if not ast.get_docstring(tree_of(path))] == []


def test_every_folder_of_modules_is_a_package():
    folders = {path.parent for path in OURS}
    assert [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_module_is_named_for_what_it_is_not():
    named = [name_of(path) for path in OURS for part in (path.stem, path.parent.name) if NO_NAME.search(part)]
    assert named == []


@pytest.mark.parametrize(("library", "file"), ONE_FILE_EACH.items(), ids=ONE_FILE_EACH)
def test_one_file_imports_the_library(library, file):
    users = {
        name_of(path) for path in OURS for module in imported(path) if module.partition(".")[0] == library
    }
    assert users == {file}


def test_pymodbus_is_known_to_one_file():
    users = {name_of(path) for path in OURS for module in imported(path) if module.startswith("pymodbus")}
    assert users == {"drivers/modbus/client.py"}


def test_nothing_mentions_a_folder_of_somebodys_machine():
    found = {}
    for path in files():
        if path.suffix in TEXT or path.name in {"Makefile", "Dockerfile", "run", "check"}:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
                if match := MACHINE_PATH.search(line):
                    found[f"{name_of(path)}:{number}"] = match.group()
    assert found == {}


def test_every_module_of_the_kernel_is_held_pure_or_belongs_to_the_shell():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (pure,) = [
        c["source_modules"] for c in contracts["contracts"] if c["name"].startswith("The pure middle knows")
    ]
    there = {
        ".".join(path.relative_to(ROOT / "kernel").with_suffix("").parts)
        for path in (ROOT / "kernel").rglob("*.py")
        if path.stem != "__init__"
    }
    named = {name.removeprefix("kernel.") for name in pure}
    held = {name for name in there if name in named or any(name.startswith(f"{room}.") for room in named)}
    assert held | SHELL == there
    assert not held & SHELL
