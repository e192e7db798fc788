"""How the tests are spread over processes: what takes long begins first, and nobody waits for the last of it.

A file is one piece of work, because its tests share what they set up. The tests in files of `EACH` share
nothing, so each goes to whichever process is free; folders of `TOGETHER` are one piece.
"""

from __future__ import annotations

from typing import Final

from xdist.scheduler import LoadFileScheduling

FIRST: Final = (
    "tests/system/test_demo_run.py",
    "tests/reliability/test_promises.py::test_the_promise_holds[R17]",
    "tests/reliability/test_promises.py::test_the_promise_holds[R13]",
    "tests/system/test_docs_commands.py::test_marked_commands_do_what_the_document_says",
    "tests/system/test_studies_on_ray.py",
    "tests/reliability/test_fifty_seeds.py",
    "tests/reliability/test_promises.py",
    "tests/system/test_gate_faults.py",
    "tests/system/test_remote_commands.py",
    "tests/system/test_kill9.py",
    "tests/system/test_reload.py",
    "tests/system/test_control_room_page.py",
    "tests/reliability/test_simulation.py",
    "tests/system",
    "tests/contract",
    "tests/architecture",
)
"""What takes longest, the longest first: tests, files, folders."""
EACH: Final = (
    "tests/reliability/test_promises.py",
    "tests/reliability/test_fifty_seeds.py",
    "tests/reliability/test_simulation.py",
    "tests/system/test_docs_commands.py",
)
"""Files whose tests set nothing up together; where documents serve devices, each has ports of its own."""

TOGETHER: Final = ("tests/architecture/",)
"""Folders whose files share what is costly: the syntax trees of everything."""


def turn(node_id: str) -> int:
    """Return the place of a test in the order in which tests begin.

    >>> turn("tests/system/test_demo_run.py::test_one") < turn("tests/unit/kernel/test_site.py::test_two")
    True
    """
    return next((place for place, begin in enumerate(FIRST) if node_id.startswith(begin)), len(FIRST))


class Spreading(LoadFileScheduling):
    """Gives each process a file after the other, and the tests of some files one by one."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(EACH):
            return nodeid
        return next(
            (folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid)
        )
