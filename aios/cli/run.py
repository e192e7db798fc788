"""`aios run`: the gateway of a site."""

from __future__ import annotations

import errno
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, print_finding, site_path
from aios.cli.out import end, errors
from aios.folder import Folder

if TYPE_CHECKING:
    from aios.gateway.accept import Charter

UNUSABLE: Final = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ENOENT}
)
"""What the system says of a folder that is full, read-only, somebody else's or not there."""


def run(
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[Path, typer.Option(help="Where journal, history and socket lie.")] = DEFAULT_ROOT,
    scaled: Annotated[
        float, typer.Option(help="Run on a scaled clock of this factor; the epoch comes on standard input.")
    ] = 0.0,
    realtime: Annotated[
        bool,
        typer.Option("--realtime", help="Claim real-time priority and locked memory, where permitted."),
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Log renewals and transmissions of commands too.")
    ] = False,
) -> None:
    """Run the gateway until it is told to stop (Ctrl-C, SIGTERM)."""
    import uvloop

    from aios.gateway.live import Host, run_gateway
    from aios.logs import log_beside
    from aios.scaled import Turn

    path = site_path(site)
    root = Folder(root=folder.resolve())
    with told(root.root):
        charter = _charter(path, root, scaled or 1.0)
    lines = log_beside(verbose=verbose)

    async def live() -> None:
        turn = Turn.of(charter.site, scaled)
        await run_gateway(
            charter,
            path,
            root,
            turn.clock,
            on_ready=turn.ready,
            host=Host(queues=(lines.queues,), realtime=realtime, waits=bool(scaled)),
        )

    with told(root.root):
        uvloop.run(live())


@contextmanager
def told(root: Path) -> Iterator[None]:
    """End with one line where a gateway fails, or cannot live in its folder; show the rest as it came."""
    from aios.gateway.safe_set import UnsafeSite
    from aios.lock import FolderBusy
    from edge.gateway import GatewayFailed
    from kernel.journal.failure import JournalDown
    from kernel.shell.supervisor import StartFailed
    from policies.bundle import BundleRefused

    try:
        yield
    except GatewayFailed as failed:
        end(Exit.FAILED, f"the gateway failed: {failed}")
    except (StartFailed, UnsafeSite, BundleRefused) as failed:
        end(Exit.FAILED, f"the gateway did not start: {failed}")
    except FolderBusy as busy:
        end(Exit.FAILED, f"{busy}; stop it, or name another --folder")
    except (JournalDown, sqlite3.Error) as error:
        end(Exit.FAILED, f"no journal can be kept in {root}: {error}; nothing was controlled")
    except OSError as error:
        if error.errno not in UNUSABLE:
            raise
        end(Exit.FAILED, f"the folder {root} cannot be used: {error}; name another --folder, or mend it")


def _charter(path: Path, folder: Folder, factor: float) -> Charter:
    """Return what a gateway is to run by, or end with all that is wrong with its site file."""
    from aios.gateway.accept import Charter
    from aios.gateway.admission import reservation_of
    from aios.gateway.agents import loops_of
    from aios.gateway.judging import Wrong, judged_file
    from aios.lock import sole
    from aios.shelf.after_a_kill import make_good
    from kernel.schedule.admission import Refused

    with suppress(FileNotFoundError):
        folder.root.stat()  # one that cannot be used is no mistake of the site file
    if folder.shelf.exists():  # policies are judged as they will be in force, also after a kill
        with sole(folder.lock, "gateway"):
            make_good(folder)
    found = judged_file(path, now_ns=time.time_ns(), folder=folder, factor=factor)
    mistakes = found.findings if isinstance(found, Wrong) else found.uncarried
    for one in mistakes:
        print_finding(str(path), one.line, one.where, one.text)
    if mistakes or isinstance(found, Wrong):
        end(Exit.FINDINGS, f"{len(mistakes)} mistakes; nothing was started")
    if isinstance(found.admission, Refused):
        for line in found.admission.lines:
            errors.print(line, highlight=False, soft_wrap=True)
        late = f"{found.site.name} misses a deadline by {found.admission.misses_by_ms:.1f} ms"
        end(Exit.FAILED, f"{late}; {_advice(folder)}")
    reserved = reservation_of(loops_of(found.site), found.admission)
    return Charter(found.site, found.text, path.parent, reserved)


def _advice(folder: Folder) -> str:
    """Say what can be done about costs that are too high."""
    measured = f"remove {folder.costs} to measure anew" if folder.costs.exists() else "they were measured now"
    return (
        f"nothing was started. Give its loops longer periods or deadlines, or lower their costs; {measured}"
    )
