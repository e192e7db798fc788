"""Telling a gateway: one instruction over the local socket, and what it answered, in words or as JSON."""

from __future__ import annotations

import getpass
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.looking import needs_gateway
from aios.cli.out import as_json, console, end
from aios.cli.own_desk import vouched

if TYPE_CHECKING:
    from kernel.instruction import Instruction
    from kernel.shell.wire import Answer, PutRequest, Request, Snapshot

Reason = Annotated[str, typer.Option(help="Why; it stands in the journal.")]
Person = Annotated[str, typer.Option(help="Who says so; your login name unless named.")]
Role = Annotated[str, typer.Option(help="Role of the person, such as OPERATOR.")]
Key = Annotated[str, typer.Option(help="Idempotency key: the same instruction sent again has the same one.")]
Where = Annotated[Path, typer.Option(help="Folder of the gateway.")]
Json = Annotated[bool, typer.Option("--json", help="Write the answer as JSON.")]
Validity = Annotated[float, typer.Option(help="How long the wish stands, operational seconds; at most 3600.")]
ROOT = DEFAULT_ROOT
VALIDITY_S = 600.0
"""How long a wish of a person stands who does not say it: on a slow base tick too it outlives some ticks."""


def me(person: str) -> str:
    """Return who gives an instruction."""
    return person or getpass.getuser()


def new_key(key: str) -> str:
    """Return the key of an instruction; a short one of its own where none is named."""
    return key or secrets.token_hex(3)


def wish(point: str, value: float, *, person: str, reason: str, validity_s: float, key: str) -> PutRequest:
    """Return what a person asks for, of a point or a sum."""
    from kernel.shell.wire import PutRequest

    return PutRequest(
        point=point, value=value, person=me(person), reason=reason, validity_s=validity_s, key=key
    )


def tell(folder: Path, told: Instruction, words: str, *, for_s: float = 0.0, json: bool = False) -> None:
    """Give an instruction to the gateway of a folder; end with its refusal where it refuses."""
    from aios.local import ask
    from kernel.shell.wire import Accepted, Instruct, Rejected

    with needs_gateway():
        (answer,) = ask(folder, vouched(folder, Instruct(instruction=told, for_s=for_s)))
    if isinstance(answer, Rejected):
        if json:
            as_json({"id": told.key, "taken": False, "reason": answer.reason})
        end(Exit.FAILED, answer.reason)
    waits = answer.waits if isinstance(answer, Accepted) else ""
    if json:
        as_json({"id": told.key, "taken": not waits, "reason": waits})
    else:
        console.print(waits or words, highlight=False, soft_wrap=True)


def answered(folder: Path, request: Request, *, json: bool) -> Answer:
    """Return the answer of a folder's gateway, written as JSON where that is wanted; end where it refuses."""
    from aios.local import ask
    from kernel.shell.wire import Rejected

    with needs_gateway():
        (answer,) = ask(folder, vouched(folder, request))
    if json:
        as_json(answer)
    if isinstance(answer, Rejected):
        end(Exit.FAILED, answer.reason)
    return answer


def look(folder: Path) -> Snapshot:
    """Return the gateway of a folder as it is now, or end where none lives there."""
    from aios.local import snapshot

    with needs_gateway():
        return snapshot(folder)
