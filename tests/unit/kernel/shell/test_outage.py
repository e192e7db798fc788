"""What is away is told once when it goes and once when it returns."""

from __future__ import annotations

import asyncio

import pytest
import structlog

from kernel.shell.outage import Outages


def test_a_row_of_failures_is_told_once_and_counted_whole() -> None:
    outages = Outages()
    with structlog.testing.capture_logs() as lines:
        for _ in range(3):
            outages.away("journal", "disk full")
        outages.back("journal")
        outages.back("journal")
        outages.away("journal", "again")
    assert [(line["event"], line["what"]) for line in lines] == [
        ("away", "journal"),
        ("back", "journal"),
        ("away", "journal"),
    ]
    assert outages.failures["journal"] == 4


def test_what_is_spared_goes_no_further_and_its_success_ends_the_outage() -> None:
    outages = Outages()
    with structlog.testing.capture_logs() as lines:
        for fails in (True, True, False):
            with outages.spared("page"):
                if fails:
                    raise OSError("full")
    assert [line["event"] for line in lines] == ["away", "back"]
    assert lines[0]["why"] == "OSError: full"


def test_the_end_of_a_task_is_not_spared() -> None:
    with pytest.raises(asyncio.CancelledError), Outages().spared("page"):
        raise asyncio.CancelledError
