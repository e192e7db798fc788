"""The doctor: what a gateway needs of its machine, measured; and what its journal says."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from aios.folder import Folder
from aios.foreign import foreign_packages
from aios.outbox.view import Destination, Retired, outbox_state
from kernel.journal.audit import audit
from kernel.journal.commands import CommandJournal
from kernel.shell.socket import GatewayAway, connect
from kernel.shell.wire import GetSnapshot, Snapshot

COMMITS: Final = 20
SLOW_COMMIT_MS: Final = 50.0
"""A durable commit slower than this leaves little of a 1 s tick on a busy bus."""
LEAST_FREE: Final = 1 << 30
"""Bytes that must be free for the journal and a day of outbox."""


class Examined(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at."""

    what: str
    good: bool
    text: str


def examine(root: Path) -> tuple[Examined, ...]:
    """Look at machine, installation, journal and gateway."""
    return tuple(_machine(root)) + tuple(_gateway(Folder(root=root)))


def _machine(root: Path) -> Iterator[Examined]:
    version = platform.python_version()
    yield Examined(
        what="python", good=True, text=f"{version} on {platform.machine()}, {os.cpu_count()} cores"
    )
    intruders = foreign_packages()
    yield Examined(what="packages", good=not intruders, text="; ".join(intruders) or "all floors are ours")
    free = shutil.disk_usage(root).free
    yield Examined(what="disk", good=free > LEAST_FREE, text=f"{free / 1e9:.1f} GB free in {root}")
    commit_ms = commit_cost_ms(root)
    yield Examined(
        what="durable commit",
        good=commit_ms < SLOW_COMMIT_MS,
        text=f"{commit_ms:.2f} ms (median of {COMMITS}, SQLite synchronous=FULL)",
    )


def commit_cost_ms(root: Path) -> float:
    """Measure a durable SQLite commit in a folder, milliseconds, median."""
    with tempfile.TemporaryDirectory(dir=root) as folder:
        db = sqlite3.connect(Path(folder) / "cost.db", isolation_level=None)
        db.execute("pragma journal_mode=wal")
        db.execute("pragma synchronous=full")
        db.execute("create table t (x)")
        costs = []
        for number in range(COMMITS):
            begin = time.monotonic()
            db.execute("insert into t values (?)", (number,))
            costs.append((time.monotonic() - begin) * 1e3)
        db.close()
    return statistics.median(costs)


def _gateway(folder: Folder) -> Iterator[Examined]:
    if folder.commands.exists():
        journal = CommandJournal(folder.commands, read_only=True)
        findings = audit(journal)
        open_commands = len(journal.open_commands())
        text = "; ".join(findings) or f"chain whole, {open_commands} open commands"
        yield Examined(what="journal", good=not findings, text=text)
        journal.close()
    if folder.outbox.is_dir():
        yield _outbox(folder.root)
    if folder.socket.exists():
        yield asyncio.run(_asked(folder.socket))


def _outbox(root: Path) -> Examined:
    """Look at what waits for history and broker, and at what they refuse."""
    state = outbox_state(root)
    everyone: tuple[Destination | Retired, ...] = (*state.destinations, *state.retired)
    refused = [one for one in everyone if one.quarantine.entries]
    said = [f"{one.name} {one.behind_rows} rows behind ({one.behind_s:.0f} s)" for one in state.destinations]
    said += [
        f"{one.name} refuses {one.quarantine.entries} entries: aios outbox quarantine" for one in refused
    ]
    said += [f"damaged: {name}" for name in state.damaged]
    good = not refused and not state.damaged
    return Examined(what="outbox", good=good, text="; ".join(said) or "nobody reads it yet")


async def _asked(socket: Path) -> Examined:
    """Ask a running gateway how it is."""
    try:
        client = await connect(socket)
        answer = await client.ask(GetSnapshot())
        await client.close()
    except GatewayAway as error:
        return Examined(what="gateway", good=False, text=str(error))
    if not isinstance(answer, Snapshot):
        return Examined(what="gateway", good=False, text=f"answered {answer}")
    lost = [notice.text for notice in answer.notices if notice.active]
    text = "; ".join(lost) or f"tick {answer.tick}, gate {answer.gate.revision}, nothing active"
    return Examined(what="gateway", good=answer.gate.healthy, text=text)
