"""The command line as a desk of its own: on a site with `[access]` it vouches for the person of a token.

Two files make it one: `AIOS_DESK_KEY`, the private key of a desk that the site trusts, and `AIOS_TOKEN_FILE`,
a token of the person. They are named in the environment, so that no secret stands on a command line.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from aios.cli.exits import Exit
from aios.cli.out import end

if TYPE_CHECKING:
    from aios.access.identity import Identity
    from aios.control_room.vouching import Voucher
    from kernel.shell.wire import Request

KEY: Final = "AIOS_DESK_KEY"
TOKEN: Final = "AIOS_TOKEN_FILE"  # noqa: S105 - where one lies, none itself
Asked = TypeVar("Asked", bound="Request")


def vouched(folder: Path, request: Asked) -> Asked:
    """Return a request with the word of this desk; as it is where it is no act, or no desk is named.

    The command ends where only one of the two files is named, one cannot be read, or the token is of nobody.
    """
    from aios.control_room.vouching import NotAssigned
    from aios.local import snapshot
    from kernel.shell.wire import Instruct, PutRequest

    key, token = os.environ.get(KEY, ""), os.environ.get(TOKEN, "")
    if not isinstance(request, Instruct | PutRequest) or not (key or token):
        return request
    if not (key and token):
        end(Exit.USAGE, f"{KEY} and {TOKEN} go together: {KEY if token else TOKEN} is not set")
    who, voucher = _person(folder, Path(token)), _voucher(Path(key))
    try:
        return voucher.vouched(request, who, site=snapshot(folder).site)  # type: ignore[return-value]
    except NotAssigned as error:
        end(Exit.FAILED, f"{error}; it is for {', '.join(who.sites)}")


def _person(folder: Path, token: Path) -> Identity:
    """Return whose token a file holds."""
    from aios.access.identity import Stranger
    from aios.cli.access_file import opened

    try:
        shown = token.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        end(Exit.FAILED, f"the token cannot be read: {error}")
    with opened(folder) as access:
        found = access.identify(cookie="", bearer=shown, now_ns=time.time_ns())
    if isinstance(found, Stranger):
        end(Exit.FAILED, f"{token}: {found.why}")
    return found


def _voucher(key: Path) -> Voucher:
    """Return the desk of a key; its name is the name of the file."""
    from aios.control_room.vouching import Voucher
    from aios.remote.command_keys import read_private_key

    try:
        return Voucher(desk=key.stem, key=read_private_key(key))
    except (OSError, ValueError) as error:
        end(Exit.FAILED, f"the key of this desk cannot be read: {error}")
