from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aios.access.access import Access
from tests.fakes.front_door import Clock, people


@pytest.fixture
def access(tmp_path: Path) -> Iterator[Access]:
    made = people(tmp_path)
    yield made
    made.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()
