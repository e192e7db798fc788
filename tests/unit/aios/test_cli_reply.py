"""An agent asks, `aios asks` lists it, `aios reply` carries a person's words back to it."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from typer.testing import CliRunner

from aios.cli.app import app
from aios.cli.exits import Exit
from aios.folder import Folder
from kernel.capability import AskedPeople
from kernel.instruction import Reply
from kernel.shell.socket import Server
from kernel.shell.wire import Accepted, Answer, GetSnapshot, Instruct, Request
from tests.fakes.snapshots import snapshot

run = CliRunner().invoke
ASKED = AskedPeople(id="r-7-2.0", agent="shedder", question="is the crew out?", at_ns=1)


@contextmanager
def gateway(folder: Path, *asked: AskedPeople) -> Iterator[list[Request]]:
    """A gateway that shows what agents ask, and takes every instruction, while the block runs."""
    heard: list[Request] = []
    opened, over = threading.Event(), threading.Event()

    async def respond(request: Request) -> Answer:
        heard.append(request)
        return (
            snapshot(asked=(), agents_ask=asked) if isinstance(request, GetSnapshot) else Accepted(trace="k")
        )

    async def serve() -> None:
        server = Server(Folder(root=folder).socket, respond)
        await server.open()
        opened.set()
        await asyncio.to_thread(over.wait)
        await server.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert opened.wait(10)
        yield heard
    finally:
        over.set()
        thread.join()


def test_what_an_agent_asks_is_listed_and_a_reply_reaches_the_gateway(tmp_path: Path) -> None:
    with gateway(tmp_path, ASKED) as heard:
        listed = run(app, ["asks", "--folder", str(tmp_path)])
        told = run(app, ["reply", ASKED.id, "yes, until four", "--person", "anna", "--folder", str(tmp_path)])
    assert "shedder asks: is the crew out?" in listed.output
    assert f"aios reply {ASKED.id}" in listed.output
    assert (told.exit_code, "anna has answered shedder" in told.output) == (0, True)
    (reply,) = [one.instruction for one in heard if isinstance(one, Instruct)]
    assert isinstance(reply, Reply)
    assert (reply.question, reply.text, reply.person) == (ASKED.id, "yes, until four", "anna")


def test_a_question_that_nobody_asks_is_not_answered(tmp_path: Path) -> None:
    with gateway(tmp_path) as heard:
        told = run(app, ["reply", "r-1-1.0", "yes", "--folder", str(tmp_path)])
    assert told.exit_code == Exit.NOT_THERE
    assert [one for one in heard if isinstance(one, Instruct)] == []


def test_as_json_the_list_holds_what_agents_ask(tmp_path: Path) -> None:
    with gateway(tmp_path, ASKED):
        listed = run(app, ["asks", "--json", "--folder", str(tmp_path)])
    assert [one["agent"] for one in json.loads(listed.output)] == ["shedder"]
