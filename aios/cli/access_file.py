"""The file of accounts, as every command that changes or reads it opens it; and the options they share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.out import end

if TYPE_CHECKING:
    from aios.access.access import Access
    from aios.access.identity import Role

Name = Annotated[str, typer.Argument(help="Name of the account.")]
Folder = Annotated[Path, typer.Option("--folder", help="Folder of the gateway.")]
Roles = Annotated[
    list[str], typer.Option("--role", help="Role of IEC 62351-8, such as OPERATOR; may be repeated.")
]
Sites = Annotated[
    list[str], typer.Option("--site", help="Site of the person; `*` is every one; may be repeated.")
]
Json = Annotated[bool, typer.Option("--json", help="Write the result as JSON.")]


@contextmanager
def opened(folder: Path) -> Iterator[Access]:
    """Open the accounts of a folder, and close them; the command ends where they cannot be read."""
    from sqlite3 import DatabaseError

    from aios.access.access import Access
    from aios.access.database import WrongVersion
    from aios.folder import Folder as GatewayFolder

    try:
        access = Access.at(GatewayFolder(root=folder).access, by=f"machine:{getuser()}")
    except (OSError, DatabaseError, WrongVersion) as error:
        end(Exit.FAILED, f"the accounts cannot be read: {error}")
    try:
        yield access
    except DatabaseError as error:
        end(Exit.FAILED, f"nothing was changed: {error}")
    finally:
        access.close()


@contextmanager
def known() -> Iterator[None]:
    """End the command where the account that was named is not there."""
    from aios.access.accounts import NoSuchAccount

    try:
        yield
    except NoSuchAccount as error:
        end(Exit.NOT_THERE, str(error))


def roles_of(names: list[str]) -> tuple[Role, ...]:
    """Return roles by name; the command ends where one is none."""
    from aios.access.identity import Role

    unknown = [name for name in names if name.upper() not in Role.__members__]
    if unknown:
        end(Exit.USAGE, f"{', '.join(unknown)} is no role; there are {', '.join(Role)}")
    return tuple(Role(name.upper()) for name in names)
