"""`aios keys`: the keys that sign remote commands, and which of them a site trusts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import read_site, site_path
from aios.cli.out import as_json, console, end

if TYPE_CHECKING:
    from kernel.site import RemoteCommands

app = typer.Typer(help="Keys that sign remote commands.", no_args_is_help=True)
SiteArgument = Annotated[Path, typer.Argument(metavar="SITE", help="Site file with a section `commands`.")]
Name = Annotated[str, typer.Argument(help="Name of the key, as the site file has it.")]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]


@app.command("new")
def new(
    name: Name,
    folder: Annotated[Path, typer.Option(help="Where its two files are put.")] = Path(),
    json: Json = False,
) -> None:
    """Make a key: NAME.key signs and stays with its person, NAME.pem is what a site may trust."""
    from aios.remote.command_keys import new_key

    try:
        private, public, text = new_key(folder, name)
    except OSError as error:
        end(Exit.FAILED, f"no key was made: {error}")
    if json:
        as_json({"key": name, "private": str(private), "public": str(public), "public_key": text})
    else:
        console.print(f"{private} signs; {public} is its public half {text}", highlight=False, soft_wrap=True)


@app.command("list")
def list_(site: SiteArgument, json: Json = False) -> None:
    """Say who may send commands to a site, for which points, and whether the key is trusted now."""
    from aios.remote.command_keys import states

    found = states(_commands(site))
    if json:
        as_json(found)
        return
    for one in found:
        trusted = f"trusted, {one.public_key}" if one.public_key else f"not trusted: {one.why}"
        who = f"{one.person} ({one.role})" if one.role else one.person
        line = f"{one.key:<16} {who:<24} {', '.join(one.points)}; {trusted}"
        console.print(line, highlight=False, soft_wrap=True)


@app.command("trust")
def trust(
    site: SiteArgument,
    name: Name,
    public: Annotated[Path, typer.Argument(help="File with the public half, such as NAME.pem.")],
    json: Json = False,
) -> None:
    """Let a site trust a key that its file names; a running gateway takes its next command."""
    from aios.remote.command_keys import trust as put

    commands = _named(site, name)
    try:
        text = put(commands, name, public)
    except FileNotFoundError as error:
        end(Exit.NOT_THERE, f"no file {error.filename}")
    except (OSError, ValueError) as error:
        end(Exit.FAILED, str(error))
    if json:
        as_json({"key": name, "trusted": True, "public_key": text})
    else:
        console.print(f"{name} is trusted: {text}", highlight=False, soft_wrap=True)


@app.command("revoke")
def revoke(site: SiteArgument, name: Name, json: Json = False) -> None:
    """Let a site trust a key no more; a running gateway refuses its next command."""
    from aios.remote.command_keys import key_file

    file = key_file(_commands(site), name)
    try:
        file.unlink()
    except FileNotFoundError:
        end(Exit.NOT_THERE, f"{name} is not trusted: there is no {file}")
    except OSError as error:
        end(Exit.FAILED, str(error))
    if json:
        as_json({"key": name, "trusted": False})
    else:
        console.print(f"{name} is trusted no more", highlight=False)


def _commands(site: Path) -> RemoteCommands:
    path = site_path(site)
    commands = read_site(path).commands
    if commands is None:
        end(Exit.FINDINGS, f"{path} has no section [commands]: it takes none over MQTT")
    return commands


def _named(site: Path, name: str) -> RemoteCommands:
    commands = _commands(site)
    if name not in {sender.key for sender in commands.senders}:
        known = ", ".join(sender.key for sender in commands.senders)
        end(Exit.FINDINGS, f"the site file names no key {name}, but {known}; add a [[commands.sender]] first")
    return commands
