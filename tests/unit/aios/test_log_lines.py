"""Log lines never hold who writes them; what is too much is dropped, oldest first, and told."""

from __future__ import annotations

import io
import json
import threading

import structlog

from aios.log_lines import LogLines


class StuckPipe(io.StringIO):
    """A pipe whose reader sleeps until it is told to read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = threading.Event()
        self.held = threading.Event()

    def write(self, text: str) -> int:
        self.held.set()
        self.reads.wait(10.0)
        return super().write(text)


def test_lines_arrive_in_order() -> None:
    out = io.StringIO()
    lines = LogLines(out)
    for number in range(100):
        lines.write(f"{number}\n")
    lines.close()
    assert out.getvalue().split() == [str(number) for number in range(100)]


def test_a_pipe_that_nobody_reads_holds_nobody_and_the_loss_is_told() -> None:
    out = StuckPipe()
    lines = LogLines(out, most=10)
    lines.write("first\n")
    assert out.held.wait(5.0)
    for number in range(25):
        lines.write(f"{number}\n")
    (queue,) = lines.queues()
    assert (queue.depth, queue.bound, queue.dropped) == (10, 10, 15)
    out.reads.set()
    lines.close()
    first, told, *rest = out.getvalue().splitlines()
    assert (first, json.loads(told)["count"]) == ("first", 15)
    assert rest == [str(number) for number in range(15, 25)]


def test_a_closed_file_ends_the_writing_and_nothing_else() -> None:
    out = io.StringIO()
    out.close()
    lines = LogLines(out, most=2)
    lines.write("lost\n")
    lines.close()
    assert not lines._thread.is_alive()
    for _ in range(3):
        lines.write("lost too\n")
    (queue,) = lines.queues()
    assert (queue.depth, queue.dropped) == (2, 1)


def test_structlog_writes_through_it() -> None:
    out = io.StringIO()
    lines = LogLines(out)
    log = structlog.wrap_logger(
        structlog.WriteLogger(lines),  # type: ignore[arg-type]
        processors=[structlog.processors.JSONRenderer()],
    )
    log.info("said", trace="t-1")
    lines.close()
    assert json.loads(out.getvalue()) == {"trace": "t-1", "event": "said"}
