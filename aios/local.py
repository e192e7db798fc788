"""The gateway of a folder, asked over its local socket: one question, one answer."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TypeVar

from aios.folder import Folder
from kernel.shell.socket import GatewayAway, connect
from kernel.shell.wire import Answer, GetSnapshot, Request, Snapshot

Kind = TypeVar("Kind")


def ask(root: Path, *requests: Request) -> tuple[Answer, ...]:
    """Ask the gateway that lives in a folder, one request after the other.

    Raises:
        GatewayAway: none lives there, or it went away.
    """
    return asyncio.run(_ask(root, requests))


async def _ask(root: Path, requests: tuple[Request, ...]) -> tuple[Answer, ...]:
    client = await connect(Folder(root=root).socket)
    try:
        return tuple([await client.ask(request) for request in requests])
    finally:
        await client.close()


def ask_for(root: Path, request: Request, kind: type[Kind], what: str) -> Kind:
    """Ask the gateway that lives in a folder for something of one kind.

    Raises:
        GatewayAway: none answers there, or it is of another version.
    """
    (answer,) = ask(root, request)
    if not isinstance(answer, kind):
        raise GatewayAway(f"the gateway in {root} has no {what}: {answer}")
    return answer


def snapshot(root: Path) -> Snapshot:
    """Return the gateway of a folder as it is now.

    Raises:
        GatewayAway: none lives there.
    """
    return asyncio.run(asked_snapshot(root))


def lives(root: Path) -> bool:
    """Tell whether a gateway of a folder answers; a socket file may be left by one that was killed."""
    try:
        snapshot(root)
    except GatewayAway:
        return False
    return True


async def asked_snapshot(root: Path) -> Snapshot:
    """Return the gateway of a folder as it is now, where an event loop runs already.

    Raises:
        GatewayAway: none lives there.
    """
    (answer,) = await _ask(root, (GetSnapshot(),))
    if not isinstance(answer, Snapshot):
        raise TypeError(f"the gateway gave {type(answer).__name__}, not a snapshot")
    return answer
