"""`aios notify`: webhook and mail for those who look at no page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from aios.notify.courier import Channel
    from aios.notify.message import Message
    from aios.notify.section import NotifySection

app = typer.Typer(no_args_is_help=True, help="Alarms, questions and repair orders by webhook and mail.")
SITE = typer.Argument(help="Site file with a section [notify].")


@app.command("run")
def run(
    site: Annotated[Path, SITE],
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
) -> None:
    """Tell of a gateway until Ctrl-C; one process of a folder does."""
    import asyncio
    import contextlib

    from aios.lock import FolderBusy
    from aios.logs import log_to_stderr
    from aios.notify.run import notify

    path, name, section = _section(site)
    log_to_stderr()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(notify(section, name, path.parent, folder))
    except (FolderBusy, OSError) as error:
        end(Exit.FAILED, f"nobody is told: {error}")


@app.command("test")
def try_channels(
    site: Annotated[Path, SITE],
    json: Annotated[bool, typer.Option("--json", help="Write what came of it as JSON.")] = False,
) -> None:
    """Send one message over every channel now, and say what the other sides answered."""
    import asyncio

    from aios.notify.settings import channels_of, trial

    path, name, section = _section(site)
    try:
        channels = channels_of(section, path.parent)
    except OSError as error:
        end(Exit.FAILED, f"a certificate cannot be read: {error}")
    message = trial(name)
    said = {one.name: asyncio.run(_tried(one, message)) for one in channels}
    if json:
        as_json(said)
    else:
        console.print(
            "\n".join(f"{name:<8} {why or 'delivered'}" for name, why in said.items()), highlight=False
        )
    raise typer.Exit(int(Exit.FAILED if any(said.values()) else Exit.OK))


def _section(site: Path) -> tuple[Path, str, NotifySection]:
    """Read the section of a site file, or end where it has none."""
    from aios.notify.settings import section_of

    path = site_path(site)
    name, section = read_site(path).name, section_of(path)
    if section is None:
        end(Exit.NOT_THERE, f"{path} has no section [notify]; docs/notifications.md shows one")
    return path, name, section


async def _tried(channel: Channel, message: Message) -> str:
    from aios.notify.courier import NotDelivered, Refused

    try:
        await channel.deliver(message)
    except (NotDelivered, Refused) as error:
        return str(error)
    return ""
