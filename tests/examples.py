"""Which files are looked through for examples: those that have one.

`--doctest-modules` imports every module and walks all that it defines, in each process of a run; nine in ten
show no example.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest
from _pytest.doctest import DoctestModule

PROMPT = b">>> "


class WithExamples:
    """A plug-in for the whole project: the hooks of a `conftest.py` are asked about its own folder alone."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collect_file(
        self, file_path: Path
    ) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
        """Leave out the examples of a file that has none."""
        found = yield
        return [
            one for one in found if not isinstance(one, DoctestModule) or PROMPT in file_path.read_bytes()
        ]
