"""The lists of planted faults are up to date: every guard they name is still there, once."""

from __future__ import annotations

import pytest

from tests.architecture.sources import ROOT
from tests.planted.__main__ import Tree, plant
from tests.planted.fault import ROOMS, Fault, faults
from tests.planted.warm import HUNG, Warm

EVERY = faults()


def test_there_are_enough_faults_and_every_room_has_some():
    assert len(EVERY) >= 40
    assert {fault.room for fault in EVERY} == set(ROOMS)
    assert len({fault.removes for fault in EVERY}) == len(EVERY)


@pytest.mark.parametrize("room", ROOMS)
def test_every_guard_of_a_room_is_there_to_be_removed(room):
    flaws = {fault.removes: fault.flaw(ROOT) for fault in EVERY if fault.room == room}
    assert {removes: flaw for removes, flaw in flaws.items() if flaw} == {}


@pytest.fixture
def tree(tmp_path):
    made = Tree(tmp_path, Warm(tmp_path))
    yield made
    made.warm.close()


def test_a_fault_that_no_test_notices_survives_and_one_that_is_noticed_does_not(tmp_path, tree):
    (tmp_path / "tests/unit/kernel").mkdir(parents=True)
    for name in ("test_pipe_invariants.py", "test_arbiter.py"):
        (tmp_path / "tests/property").mkdir(exist_ok=True)
        (tmp_path / "tests/property" / name).write_text("def test_nothing():\n    assert True\n")
    (tmp_path / "tests/unit/kernel/test_none.py").write_text("def test_nothing():\n    assert True\n")
    (tmp_path / "guarded.py").write_text("def inside(x):\n    return min(x, 5)\n")
    (tmp_path / "test_guarded.py").write_text(
        "import pytest\nfrom guarded import inside\n\n"
        "@pytest.mark.parametrize('x', [9], ids=['more than allowed'])\n"
        "def test_it(x):\n    assert inside(x) == 5\n"
    )
    fault = Fault(
        removes="x is inside", file="guarded.py", find="min(x, 5)", replace="x", tests=["test_guarded.py"]
    )
    assert plant(fault, tree) == (
        fault,
        "its own tests",
        "",
        "test_guarded.py::test_it[more than allowed]",
    )
    unseen = Fault(
        removes="-", file="guarded.py", find="min(x, 5)", replace="min(5, x)", tests=["test_guarded.py"]
    )
    assert plant(unseen, tree) == (unseen, "", "", "")
    (tmp_path / "test_broken.py").write_text("def test_it():\n    assert False\n")
    blind = Fault(removes="-", file="guarded.py", find="min(x, 5)", replace="x", tests=["test_broken.py"])
    assert plant(blind, tree) == (blind, "", "test_broken.py::test_it fails without the fault too", "")
    gone = Fault(removes="-", file="guarded.py", find="max(", replace="", tests=["test_guarded.py"])
    assert "0 times" in plant(gone, tree).flaw


def test_a_test_that_does_not_end_is_ended(tmp_path):
    (tmp_path / "test_hanging.py").write_text("import time\n\ndef test_it():\n    time.sleep(600)\n")
    warm = Warm(tmp_path, longest_s=0.2)
    assert warm.run(("test_hanging.py",))[0] == HUNG
    warm.close()
