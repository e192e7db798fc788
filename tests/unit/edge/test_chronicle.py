"""A command's whole life is found by its trace, in the log and in the journal."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import structlog

from edge.chronicle import LINES, Chronicle
from kernel.command import Transmission
from kernel.pipe.tick import Decided, Inputs, Outputs, Refused
from kernel.verdict import Deny
from tests.unit.kernel.shell.test_kernel import Plant


class Book:
    """A plant whose ticks are written to a log that can be read."""

    def __init__(self, folder: Path) -> None:
        self.out = io.StringIO()
        structlog.configure(
            processors=[structlog.processors.add_log_level, structlog.processors.JSONRenderer()],
            logger_factory=structlog.WriteLoggerFactory(file=self.out),
            cache_logger_on_first_use=False,
        )
        self.chronicle = Chronicle("r")
        self.plant = Plant(folder, listeners=(self.chronicle,))
        self.chronicle.begin(self.plant.kernel.state)

    def grep(self, text: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines() if text in line]


@pytest.fixture
def book(tmp_path: Path):
    made = Book(tmp_path)
    yield made
    made.plant.kernel.close()
    structlog.reset_defaults()


async def test_one_trace_finds_a_commands_life_in_log_and_journal(book: Book) -> None:
    await book.plant.run(4, meter=95.0)
    (trace,) = {line["trace"] for line in book.grep("command journalled")}
    assert isinstance(trace, str)
    lines = book.grep(f'"{trace}"')
    assert [line["event"] for line in lines] == ["command journalled", "command on the wire", "command ended"]
    assert {line["run"] for line in lines} == {"r"}
    assert [line["tick"] for line in lines] == sorted(line["tick"] for line in lines)  # type: ignore[type-var]
    assert lines[-1]["outcome"] == "done"
    entries = list(book.plant.journal.entries())
    named = {e.subject for e in entries if e.kind == "command" and trace in e.body}
    assert named == {line["command"] for line in lines}
    assert {e.kind for e in entries if e.subject in named} == {"basis", "command", "sent", "receipt"}


async def test_a_refusal_is_found_by_its_trace_with_its_rule(book: Book) -> None:
    book.plant.gate._answer = lambda _: Deny(rule="no_way", reason="because", revision="test")
    await book.plant.run(3, meter=95.0)
    (line,) = book.grep("decision refused: deny")
    assert (line["rule"], line["reason"], line["level"]) == ("no_way", "because", "warning")
    (entry,) = [e for e in book.plant.journal.entries() if e.kind == "refused"]
    assert json.loads(entry.body)["trace"] == line["trace"]


async def test_a_command_that_did_not_get_through_is_a_warning(book: Book) -> None:
    book.plant.driver.answer = Transmission.REFUSED
    await book.plant.run(3, meter=95.0)
    ended = book.grep("command ended")
    assert ended
    assert {(line["level"], line["outcome"]) for line in ended} == {("warning", "refused")}
    assert all(line["trace"] for line in ended)


async def test_a_gate_that_goes_and_returns_is_told_once_each(book: Book) -> None:
    await book.plant.run(2, meter=95.0)
    book.plant.gate.failure = "gone"
    await book.plant.run(3, meter=120.0)
    book.plant.gate.failure = ""
    await book.plant.run(70, meter=130.0)
    assert [line["event"] for line in book.grep("policy gate")] == [
        "policy gate gives no usable answer",
        "policy gate is back",
    ]


async def test_the_end_of_a_command_of_the_run_before_carries_its_trace(tmp_path: Path) -> None:
    first = Plant(tmp_path, "r1")
    await first.run(1, meter=95.0)
    first.kernel.close()
    book = Book(tmp_path)
    book.chronicle.begin(book.plant.kernel.state)
    await book.plant.run(8, meter=95.0)
    ended = book.grep("command ended")
    book.plant.kernel.close()
    structlog.reset_defaults()
    assert any(str(line["trace"]).startswith("r1-") for line in ended)


def test_a_tick_writes_so_many_lines_of_a_kind_and_says_how_many_more_there_were(book: Book) -> None:
    refused = tuple(
        Refused(
            id=f"c{number}",
            point="p",
            value=1.0,
            asked_by="a",
            kind="deny",
            rule="r",
            reason="",
            revision="",
            trace=f"t{number}",
            at_ns=0,
        )
        for number in range(LINES + 5)
    )
    outputs = Outputs(tick=1, now_ns=0, refused=refused)
    decided = Decided(state=book.plant.kernel.state, outputs=outputs, jobs=(), judgements=())
    book.chronicle.heard(Inputs(tick=1, now_ns=0), decided)
    assert len(book.grep("decision refused")) == LINES + 1
    (more,) = book.grep("more of the same")
    assert more["count"] == 5
