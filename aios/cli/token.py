"""`aios token`: what programs show the control room; each is shown once, and has no more than its person."""

from __future__ import annotations

import time
from typing import Annotated, Final

import typer

from aios.cli.access_file import Folder, Json, Name, Roles, Sites, opened, roles_of
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end, errors, moment

app = typer.Typer(help="API tokens of the control room.", no_args_is_help=True)
DAY_NS: Final = 86_400_000_000_000
LONGEST_D: Final = 366


@app.command("make")
def make(
    person: Name,
    role: Roles,
    site: Sites,
    label: Annotated[str, typer.Option(help="What it is for.")],
    days: Annotated[int, typer.Option(min=1, max=LONGEST_D, help="Days until it expires.")] = 90,
    folder: Folder = DEFAULT_ROOT,
    json: Json = False,
) -> None:
    """Make a token of a person; it is written to standard output once, and kept nowhere."""
    from aios.access.tokens import NotMade

    roles, now_ns = roles_of(role), time.time_ns()
    with opened(folder) as access:
        try:
            secret, token = access.tokens.make(
                person, label=label, roles=roles, sites=site, now_ns=now_ns, expires_ns=now_ns + days * DAY_NS
            )
        except NotMade as error:
            end(Exit.FAILED, str(error))
    if json:
        as_json({"token": secret, "id": token.id, "expires_ns": token.expires_ns})
        return
    errors.print(f"{token.id} of {person} expires {moment(token.expires_ns, 'UTC')} UTC; keep it now:")
    typer.echo(secret)


@app.command("list")
def list_(folder: Folder = DEFAULT_ROOT, json: Json = False) -> None:
    """Say which tokens there are, of whom and until when; none of them is shown."""
    with opened(folder) as access:
        tokens = access.tokens.all()
    if json:
        as_json(tokens)
        return
    for one in tokens:
        state = "revoked" if one.revoked_ns else f"until {moment(one.expires_ns, 'UTC')} UTC"
        who = f"{one.person:<16} {', '.join(one.roles):<20} {', '.join(one.sites):<12}"
        line = f"{one.id} {who} {state}  {one.label}"
        console.print(line, highlight=False, soft_wrap=True, markup=False)


@app.command("revoke")
def revoke(
    id_: Annotated[str, typer.Argument(metavar="ID", help="Id of the token; `aios token list` has it.")],
    folder: Folder = DEFAULT_ROOT,
    json: Json = False,
) -> None:
    """Let a token stand for nobody any more."""
    with opened(folder) as access:
        revoked = access.tokens.revoke(id_, now_ns=time.time_ns())
    if not revoked:
        end(Exit.NOT_THERE, f"there is no token {id_} that could be revoked")
    if json:
        as_json({"id": id_, "revoked": True})
    else:
        console.print(f"{id_} is revoked", highlight=False)
