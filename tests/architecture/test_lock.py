"""The lock: what pyproject asks for is in it, it names no address, and its two files agree."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.sources import PACKAGES, ROOT, imported, name_of, python

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
OUR_IMPORTS = {*PACKAGES, "tests", "benchmarks", "deploy", "docs"}
Lock = dict[str, list[tuple[Version, Marker | None]]]


def read_lock(name: str) -> Lock:
    """Locked versions by package, each with the marker under which it is taken."""
    found: Lock = {}
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        wanted = Requirement(line.partition("--hash")[0].strip())
        (pin,) = wanted.specifier
        assert pin.operator == "==", line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), f"{wanted.name} has no hash"
        found.setdefault(canonicalize_name(wanted.name), []).append((Version(pin.version), wanted.marker))
    return found


def group(name: str) -> list[Requirement]:
    """Requirements of a dependency group, with the groups it includes."""
    found = []
    for entry in PROJECT["dependency-groups"][name]:
        found += group(entry["include-group"]) if isinstance(entry, dict) else [Requirement(entry)]
    return found


def unsatisfied(wanted: list[Requirement], lock: Lock) -> list[str]:
    """Requirements that the lock does not meet on some Python that we promise."""
    missing = []
    for requirement in wanted:
        for python_version in PYTHONS:
            place = {"python_version": python_version, "python_full_version": f"{python_version}.0"}
            pins = lock.get(canonicalize_name(requirement.name), [])
            taken = [version for version, marker in pins if marker is None or marker.evaluate(place)]
            if not any(requirement.specifier.contains(version, prereleases=True) for version in taken):
                missing.append(f"{requirement} on {python_version}: locked {taken}")
    return missing


RUNTIME = [Requirement(text) for text in PROJECT["project"]["dependencies"]]


def extra(name: str) -> list[Requirement]:
    """Requirements of an extra."""
    return [Requirement(text) for text in PROJECT["project"]["optional-dependencies"][name]]


ROOMS = {"aios/history": "analysis", "aios/environment": "gym"}
"""Rooms that may import an extra; every other one asks for it by name, where it is used."""


def test_the_runtime_lock_meets_what_the_project_depends_on():
    assert unsatisfied(RUNTIME + group("build"), read_lock("runtime.txt")) == []


def test_the_dev_lock_meets_the_project_and_its_tools():
    extras = [wanted for name in ROOMS.values() for wanted in extra(name)]
    assert unsatisfied(RUNTIME + extras + group("dev"), read_lock("dev.txt")) == []


def test_both_files_are_one_resolution():
    dev = {name: {str(version) for version, _ in pins} for name, pins in read_lock("dev.txt").items()}
    runtime = {name: {str(version) for version, _ in pins} for name, pins in read_lock("runtime.txt").items()}
    assert {name: versions for name, versions in runtime.items() if dev.get(name) != versions} == {}


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt"])
def test_the_lock_names_no_address(name):
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links| @ ", text)


def test_a_requirement_that_the_lock_does_not_meet_is_found():
    lock = read_lock("runtime.txt")
    assert unsatisfied([Requirement("msgspec>=99"), Requirement("no-such-package")], lock) != []


def declared(wanted: list[Requirement]) -> set[str]:
    """Import names of the packages that are asked for by name."""
    names = {canonicalize_name(requirement.name) for requirement in wanted}
    return {
        module
        for module, owners in packages_distributions().items()
        if names & {canonicalize_name(owner) for owner in owners}
    }


def undeclared(folders: tuple[str, ...], wanted: list[Requirement]) -> set[str]:
    known = declared(wanted) | set(sys.stdlib_module_names) | OUR_IMPORTS
    return {
        f"{name_of(path)}: {module}"
        for path in python(*folders)
        for module in imported(path)
        if module.partition(".")[0] not in known
    }


def test_every_library_that_the_product_imports_is_a_dependency():
    rooms = tuple(f"{room}/" for room in ROOMS)
    assert {found for found in undeclared(PACKAGES, RUNTIME) if not found.startswith(rooms)} == set()
    assert {room: undeclared((room,), RUNTIME + extra(name)) for room, name in ROOMS.items()} == {
        room: set() for room in ROOMS
    }


def test_every_library_that_tests_and_benchmarks_import_is_declared():
    oracle = Requirement("opa-golib-python-bindings")  # beside the lock, see decision 0003
    beside_the_lock = {"tests/contract/sparkplug_host.py: pysparkplug"}  # it wants an older paho-mqtt
    assert undeclared(("tests", "benchmarks"), [*RUNTIME, *group("dev"), oracle]) == beside_the_lock
