"""`aios suspend`, `aios resume`, `aios restart`: what a person does with one agent."""

from __future__ import annotations

import getpass
import secrets
from pathlib import Path
from typing import Annotated

import typer

from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import console
from aios.cli.telling import answered

Agent = Annotated[str, typer.Argument(help="Name of the agent; `aios ps` lists them.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the journal.")]
Person = Annotated[str, typer.Option(help="Who says so; your login name unless given.")]
Root = Annotated[Path, typer.Option(help="Folder of the gateway.")]
Json = Annotated[bool, typer.Option("--json", help="Write the gateway's answer as JSON.")]


def suspend(
    agent: Agent, reason: Reason, person: Person = "", folder: Root = DEFAULT_ROOT, json: Json = False
) -> None:
    """Let an agent step no more; what it wanted expires, then its points go safe by the ordinary rule."""
    _change("suspend", agent, reason, person or getpass.getuser(), folder, json=json)


def resume(
    agent: Agent, reason: Reason, person: Person = "", folder: Root = DEFAULT_ROOT, json: Json = False
) -> None:
    """Let a suspended agent step again from its next release on."""
    _change("resume", agent, reason, person or getpass.getuser(), folder, json=json)


def restart(
    agent: Agent, reason: Reason, person: Person = "", folder: Root = DEFAULT_ROOT, json: Json = False
) -> None:
    """Let an agent begin again from its start state."""
    _change("restart", agent, reason, person or getpass.getuser(), folder, json=json)


def _change(what: str, agent: str, reason: str, person: str, folder: Path, *, json: bool) -> None:
    from kernel.instruction import AgentChange, Change
    from kernel.shell.wire import Instruct

    key = f"{what}-{secrets.token_hex(8)}"
    told = AgentChange(key=key, person=person, reason=reason, agent=agent, change=Change(what))
    answered(folder, Instruct(instruction=told), json=json)
    if not json:
        console.print(f"{what} {agent}: taken; `aios journal --kind instruction` has it", highlight=False)
