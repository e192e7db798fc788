"""The historian process: moves the gateway's outbox into the history and to the broker."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from aios.cli.exits import Exit
from aios.folder import Folder
from aios.lock import FolderBusy, sole
from aios.logs import log_to_stderr
from aios.outbox.standing import teller
from aios.remote.commands_in import carry_commands
from aios.site import site_of
from aios.uplinks import started_uplinks
from drivers.historian.choose import open_historian
from drivers.historian.forwarder import run_forwarder
from drivers.historian.sink import HistorySink, Sink
from kernel.shell.clock import SystemClock
from kernel.shell.orphan import end_with


async def run_historian(site_file: Path, root: Path, maps: Path) -> None:
    """Forward until the process is told to end."""
    text = await asyncio.to_thread(site_file.read_text, encoding="utf-8")
    site, clock = site_of(text, file=str(site_file), folder=maps), SystemClock()
    folder, work = Folder(root=root), list[asyncio.Task[None]]()
    history = open_historian(
        site.uplinks.history,
        site.points,
        directory=root,
        keep_days=site.uplinks.history_keep_days,
        tends=True,
        password_file=site.uplinks.history_password_file,
    )
    sinks: list[Sink] = [HistorySink(history)]
    sinks.extend(started_uplinks(site, root, clock))
    if site.commands is not None and site.uplinks.mqtt:
        work.append(asyncio.create_task(carry_commands(site, folder, clock), name="commands"))
    forwarder = run_forwarder(folder.outbox, sinks, clock=clock, on_standing=teller(folder.outbox))
    work.append(asyncio.create_task(forwarder, name="forwarding"))
    await _until_one_ends(work)


async def _until_one_ends(work: Sequence[asyncio.Task[None]]) -> None:
    """Wait until the process is told to end, or a part of it fails: then its keeper starts another one."""
    loop, told_to_end = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_end.set)
    waiting = asyncio.create_task(told_to_end.wait(), name="told to end")
    await asyncio.wait([*work, waiting], return_when=asyncio.FIRST_COMPLETED)
    for task in (*work, waiting):
        task.cancel()
    for ended in await asyncio.gather(*work, waiting, return_exceptions=True):
        if isinstance(ended, Exception):
            raise ended


def main(site_file: Path, root: Path, parent: int | None = None, maps: Path | None = None) -> None:
    """Be the one historian of a folder until told to end, or until the parent is gone.

    Args:
        site_file: the site whose points the outbox holds.
        root: folder of the gateway.
        parent: process id of the gateway that keeps this process; None where nobody does.
        maps: folder beside which register maps are found; the site file's where it is left out.
    """
    log_to_stderr()
    if parent is not None:
        end_with(parent)
    try:
        with sole(Folder(root=root).cursors_lock, "historian"):
            uvloop.run(run_historian(site_file, root, maps or site_file.parent))
    except FolderBusy as busy:
        sys.stderr.write(f"{busy}\n")
        raise SystemExit(int(Exit.FAILED)) from None


if __name__ == "__main__":
    _file, _root, *_more = sys.argv[1:]
    main(
        Path(_file),
        Path(_root),
        int(_more[0]) if _more else None,
        Path(_more[1]) if len(_more) > 1 else None,
    )
