"""A log goes where it can; nothing ends because it cannot."""

from __future__ import annotations

import io
import sys

import pytest
import structlog

from aios.logs import log_to_stderr


def test_a_line_is_written_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    log_to_stderr()
    structlog.get_logger().info("gateway_lost", why="no socket")
    assert "gateway_lost" in capsys.readouterr().err


def test_a_closed_standard_error_costs_the_line_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    monkeypatch.setattr(sys, "stderr", gone)
    log_to_stderr()
    gone.close()
    structlog.get_logger().info("gateway_lost", why="no socket")
    assert gone.closed
