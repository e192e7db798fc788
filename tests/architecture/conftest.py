"""What the tests of the architecture share: syntax trees, as long as these tests run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.architecture.sources import tree_of


@pytest.fixture(scope="package", autouse=True)
def _forgets_the_trees() -> Iterator[None]:
    """Millions of nodes would slow every search for garbage in the tests that follow."""
    yield
    tree_of.cache_clear()
