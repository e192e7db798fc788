"""`aios alarms` says whether alarms come through, where the site wants to know."""

from __future__ import annotations

import pytest

from aios.cli.alarms import proven
from kernel.shell.wire import CanaryState
from tests.fakes.nord import NOW, S
from tests.fakes.snapshots import snapshot


@pytest.mark.parametrize(
    ("age_s", "words"),
    [
        (None, "alarms not proven yet"),
        (23, "alarms proven 23 s ago"),
        (900, "alarms do not come through: the gateway answers, but no canary alarm has come through it"),
    ],
)
def test_the_second_line_tells_of_the_last_canary(age_s: int | None, words: str) -> None:
    told = CanaryState(every_s=60.0, raised_ns=None if age_s is None else NOW - age_s * S)
    assert proven(snapshot(canary=told, tick=5)).startswith(words)


def test_there_is_none_where_the_site_asks_for_no_canary() -> None:
    assert proven(snapshot()) == ""
