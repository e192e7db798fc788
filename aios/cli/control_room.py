"""`aios control-room`: the dispatchers' page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aios.cli.exits import Exit
from aios.cli.files import DEFAULT_ROOT, read_site, site_path
from aios.cli.out import end

if TYPE_CHECKING:
    from aios.api.front import Front
    from aios.api.pages import Pages
    from aios.api.tls import DeskTls
    from aios.control_room.vouching import Voucher


def control_room(  # noqa: PLR0917 - one option each
    site: Annotated[Path, typer.Argument(help="Site file, or the name of a shipped site such as nord.")],
    folder: Annotated[Path, typer.Option(help="Folder of the gateway.")] = DEFAULT_ROOT,
    host: Annotated[
        str, typer.Option(help="Address; other than loopback with TLS and accounts.")
    ] = "127.0.0.1",
    access_file: Annotated[
        Path | None, typer.Option("--access", help="Settings of access: sign-ins, OpenID provider.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(help="NAME.key of this desk: it vouches for who acts; `aios keys new NAME` makes one."),
    ] = None,
    port: Annotated[int, typer.Option(help="Port; 0 finds a free one.")] = 8080,
    tls_cert: Annotated[
        Path | None, typer.Option(help="Certificate to show; PEM, the chain after it.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key; PEM, without a password.")] = None,
    client_ca: Annotated[
        Path | None, typer.Option(help="Authorities whose certificate each client must show.")
    ] = None,
    also: Annotated[
        list[str] | None,
        typer.Option(metavar="SITE=FOLDER", help="Another gateway of this desk; may be given again."),
    ] = None,
) -> None:
    """Serve the page of a gateway, or of several, on this machine until Ctrl-C."""
    import asyncio
    from sqlite3 import DatabaseError

    from aios.api.serve import serve_desk
    from aios.logs import log_to_stderr
    from aios.processes import say_ready

    log_to_stderr()
    access = None
    try:
        desk = _desk(((site, folder), *(_other(text) for text in also or ())), _voucher(key))
        tls = _tls(tls_cert, tls_key, client_ca)
        front = _front(folder, access_file)
        access = front.access
        asyncio.run(
            serve_desk(desk, host=host, port=port, ready=lambda url: say_ready(url=url), front=front, tls=tls)
        )
    except (OSError, ValueError, DatabaseError) as error:
        end(Exit.FAILED, f"the page cannot be served: {error}")
    finally:
        if access is not None:
            access.close()


def _tls(certificate: Path | None, key: Path | None, client_ca: Path | None) -> DeskTls | None:
    """Return the certificates of a desk; None where none are given.

    Raises:
        ValueError: one is given without the other.
    """
    from aios.api.tls import DeskTls

    if certificate is not None and key is not None:
        return DeskTls(certificate=certificate, key=key, client_ca=client_ca)
    if certificate is None and key is None and client_ca is None:
        return None
    raise ValueError("TLS takes --tls-cert and --tls-key together; --client-ca comes beside them")


def _other(text: str) -> tuple[Path, Path]:
    """Read SITE=FOLDER."""
    site, found, folder = text.partition("=")
    if not (site and found and folder):
        end(Exit.USAGE, f"--also {text}: give SITE=FOLDER, such as west.toml=var/west")
    return Path(site), Path(folder)


def _voucher(key: Path | None) -> Voucher | None:
    """Read the key of this desk; its name is the name of the file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it holds no private key.
    """
    from aios.control_room.vouching import Voucher
    from aios.remote.command_keys import read_private_key

    return None if key is None else Voucher(desk=key.stem, key=read_private_key(key))


def _desk(gateways: tuple[tuple[Path, Path], ...], voucher: Voucher | None) -> tuple[Pages, ...]:
    """Return the pages of each gateway; where there are several, each below the name of its site."""
    from urllib.parse import quote

    from aios.api.pages import pages_of
    from aios.control_room.entries import FolderEntries
    from aios.control_room.recall import FolderRecall
    from aios.control_room.site_views import site_view
    from aios.control_room.source import SocketSource
    from aios.folder import Folder

    desk = []
    for site, folder in gateways:
        read, home = read_site(site_path(site)), Folder(root=folder)
        source, entries = SocketSource(home.socket), FolderEntries(home.commands)
        view = site_view(source, entries=entries, named=read.name, voucher=voucher)
        root = f"/desk/{quote(read.name, safe='')}" if len(gateways) > 1 else ""
        recall = FolderRecall(folder)
        desk.append(pages_of(view, read.assets, time_zone=read.time_zone, recall=recall, root=root))
    return tuple(desk)


def _front(folder: Path, file: Path | None) -> Front:
    """Open the accounts of a desk, with the settings of a file where one is named.

    Raises:
        OSError: a file cannot be read or made.
        ValueError: the settings are not as they should be, or another version has written the accounts.
        DatabaseError: the accounts are no database.
    """
    from aios.access.access import Access
    from aios.api.front import Front, Paces
    from aios.folder import Folder

    if file is None:
        return Front(access=Access.at(Folder(root=folder).access), paces=Paces())
    from aios.access.settings import read_settings
    from aios.api.oidc import Ways

    settings = read_settings(file)
    provider = settings.provider(file.parent)
    return Front(
        access=Access.at(Folder(root=folder).access, settings.sign_in),
        oidc=None if provider is None else Ways(provider),
        paces=Paces(),
    )
