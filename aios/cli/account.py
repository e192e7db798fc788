"""`aios account`: the people whom a control room knows by a password."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli import account_trail
from aios.cli.access_file import Folder, Json, Name, Roles, Sites, known, opened, roles_of
from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT
from aios.cli.out import as_json, console, end, moment
from aios.cli.password import ask_password

if TYPE_CHECKING:
    from aios.access.access import Access
    from aios.access.accounts import Account

app = typer.Typer(help="Accounts of the control room.", no_args_is_help=True)
app.command("trail")(account_trail.trail)


@app.command("add")
def add(name: Name, role: Roles, site: Sites, folder: Folder = DEFAULT_ROOT, json: Json = False) -> None:
    """Make an account; its password is asked for, or read from standard input."""
    from aios.access.accounts import NotAdded

    roles = roles_of(role)
    with opened(folder) as access:
        hashed = access.passwords.hashed(ask_password(name))
        try:
            account = access.accounts.add(name, hashed, roles=roles, sites=site, now_ns=time.time_ns())
        except NotAdded as error:
            end(Exit.FAILED, str(error))
    _say(account, f"{name} may sign in", json)


@app.command("list")
def list_(folder: Folder = DEFAULT_ROOT, json: Json = False) -> None:
    """Say who may sign in, with which roles at which sites."""
    with opened(folder) as access:
        accounts = (*access.accounts.all(), *access.barred.all())
    if json:
        as_json(accounts)
        return
    for one in accounts:
        state = f"locked: {one.locked}" if one.locked else f"password of {moment(one.password_ns, 'UTC')} UTC"
        line = f"{one.name:<20} {', '.join(one.roles):<24} {', '.join(one.sites):<16} {state}"
        console.print(line, highlight=False, soft_wrap=True, markup=False)


@app.command("lock")
def lock(
    name: Name,
    reason: Annotated[str, typer.Option(help="Why nobody may sign in with it.")] = "locked by hand",
    folder: Folder = DEFAULT_ROOT,
    json: Json = False,
) -> None:
    """Let nobody sign in with an account, or as `oidc:NAME`; what is open ends, its tokens are refused."""
    from aios.access.barred import is_of_provider

    with opened(folder) as access, known():
        if is_of_provider(name):
            access.barred.lock(name, reason)
        else:
            access.accounts.lock(name, reason)
        account = _found(access, name)
    _say(account, f"{name} is locked: {reason}", json)


@app.command("unlock")
def unlock(name: Name, folder: Folder = DEFAULT_ROOT, json: Json = False) -> None:
    """Let a person sign in again, also after too many failed attempts."""
    from aios.access.barred import is_of_provider

    with opened(folder) as access, known():
        (access.barred if is_of_provider(name) else access.accounts).unlock(name)
        access.lockout.forget(name)
        account = access.accounts.find(name)
    _say(account, f"{name} may sign in", json)


@app.command("sign-out")
def sign_out(name: Name, folder: Folder = DEFAULT_ROOT, json: Json = False) -> None:
    """End every sign-in of a person, also of one whom a provider keeps; they may sign in again."""
    from aios.access.accounts import NoSuchAccount

    with opened(folder) as access, known():
        if access.accounts.find(name) is None and not access.sessions.count(name):
            raise NoSuchAccount(f"there is no account {name}, and nobody of that name is signed in")
        ended = access.sessions.end_all(name)
    if json:
        as_json({"name": name, "ended": ended})
        return
    console.print(f"{ended} sign-ins of {name} have ended", highlight=False, soft_wrap=True, markup=False)


@app.command("password")
def password(name: Name, folder: Folder = DEFAULT_ROOT, json: Json = False) -> None:
    """Set a password; every sign-in that was opened with the old one ends."""
    with opened(folder) as access, known():
        hashed = access.passwords.hashed(ask_password(name))
        access.accounts.set_password(name, hashed, now_ns=time.time_ns())
        account = access.accounts.find(name)
    _say(account, f"{name} has a new password", json)


@app.command("role")
def role(
    name: Name,
    role: Roles,
    site: Annotated[
        list[str] | None, typer.Option("--site", help="Sites of the person; unchanged where not given.")
    ] = None,
    folder: Folder = DEFAULT_ROOT,
    json: Json = False,
) -> None:
    """Set the roles of a person, and the sites; both hold from the next request on."""
    roles = roles_of(role)
    with opened(folder) as access, known():
        access.accounts.set_roles(name, roles, site or None)
        account = access.accounts.find(name)
    _say(account, f"{name} is {', '.join(roles)}", json)


@app.command("remove")
def remove(name: Name, folder: Folder = DEFAULT_ROOT, json: Json = False) -> None:
    """Remove an account with its sign-ins and tokens."""
    with opened(folder) as access, known():
        access.accounts.remove(name)
        left = len(access.accounts.all())
    if json:
        as_json({"name": name, "removed": True, "left": left})
        return
    console.print(f"{name} is removed", highlight=False)
    if not left:
        console.print("this was the last account: on this machine the page is read without signing in")


def _found(access: Access, name: str) -> Account | None:
    """Return an account, or the lock of a person of a provider."""
    return access.accounts.find(name) or next((one for one in access.barred.all() if one.name == name), None)


def _say(account: Account | None, words: str, json: bool) -> None:
    if json:
        as_json(account)
    else:
        console.print(words, highlight=False, soft_wrap=True, markup=False)
