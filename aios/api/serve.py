"""Serving the control room on this machine, and ending in order when cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import ipaddress
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import uvicorn

from aios.api.app import desk_app
from aios.api.crowd import Crowd, Door
from aios.api.front import HOSTS, Front
from aios.api.pages import Pages, pages_of
from aios.api.slow_reader import one_of
from aios.api.tls import DeskTls
from aios.control_room.entries import Entries
from aios.control_room.feed import Feed
from aios.control_room.recall import Recall
from aios.control_room.site_views import site_view
from aios.control_room.source import SnapshotSource
from kernel.asset import Asset

BACKLOG: Final = 64
GRACE_S: Final = 3
"""Real seconds that answers under way have when the server ends."""


class NotLoopback(ValueError):
    """The host is not this machine's loopback, and who asks there is not known or can be overheard."""


class _Server(uvicorn.Server):
    """A server that leaves the signals to the process it runs in; the caller cancels it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listening_socket(host: str, port: int, *, guarded: bool = False) -> Door:
    """Open the socket to listen on; port 0 takes a free one.

    Args:
        host: an address.
        port: of TCP.
        guarded: whether it is spoken over TLS to people who have accounts; else loopback only.

    Raises:
        NotLoopback: the host is no address, or not a loopback address and not guarded.
        OSError: the port is taken.
    """
    address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else _literal(host))
    if not address.is_loopback and not guarded:
        raise NotLoopback(
            f"{host} is not a loopback address: it is served only over TLS (--tls-cert, --tls-key)"
            " and to people who have accounts (`aios account add`)"
        )
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    listening = Door(family, socket.SOCK_STREAM)
    listening.crowd = Crowd()
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((str(address), port))
        listening.listen(BACKLOG)
        listening.setblocking(False)  # noqa: FBT003 - the standard library's own signature
    except OSError:
        listening.close()
        raise
    return listening


def _literal(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        raise NotLoopback(f"{host!r} is no address: give 127.0.0.1, ::1 or localhost") from None


def _before(front: Front | None, tls: DeskTls | None, host: str) -> Front:
    """Return what is asked before a page is shown at an address, with the names of our certificate.

    Raises:
        OSError: the certificate cannot be read.
        ValueError: it is none, or the host is no address.
    """
    given = Front() if front is None else front
    loopback = host == "localhost" or ipaddress.ip_address(_literal(host)).is_loopback
    if tls is None:
        return dataclasses.replace(given, loopback=loopback)
    return dataclasses.replace(given, tls=True, loopback=loopback, hosts=HOSTS | tls.names())


def _guarded(front: Front) -> bool:
    """Tell whether strangers are kept out where others than this machine can ask."""
    known = front.oidc is not None or (front.access is not None and front.access.accounts.any())
    return front.tls and known


def url_of(listening: socket.socket, scheme: str = "http") -> str:
    """Return the address people type for a listening socket."""
    host, port = listening.getsockname()[:2]
    named = f"[{host}]" if listening.family == socket.AF_INET6 else host
    return f"{scheme}://{named}:{port}/"


async def serve(  # noqa: PLR0913 - what is shown, and where it is listened
    source: SnapshotSource,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    assets: tuple[Asset, ...] = (),
    time_zone: str = "UTC",
    ready: Callable[[str], None] | None = None,
    recall: Recall | None = None,
    entries: Entries | None = None,
    named: str = "",
    front: Front | None = None,
    tls: DeskTls | None = None,
) -> None:
    """Serve the control room until cancelled.

    Args:
        source: where snapshots come from; it may be down, the page says so.
        host: a loopback address or `localhost`; another one only with TLS and accounts.
        port: TCP port; 0 takes a free one.
        assets: topology for the one-line diagram; empty draws none.
        time_zone: IANA name for the page's clock times.
        ready: called once with the page's address when it can be opened.
        recall: the history of the site, for the charts of points.
        entries: the command journal of the gateway, for the HTTP API.
        named: id of the site in the paths of the HTTP API; empty means what the gateway says itself.
        front: who may ask, and how fast; None is a desk without accounts, which is only read.
        tls: certificates; None speaks plainly, which loopback alone may.

    Raises:
        NotLoopback: the host is not this machine's own, and it is not guarded.
        OSError: the port is taken, or a certificate cannot be read.
    """
    feed = Feed(source)
    view = site_view(source, feed, entries=entries, named=named)
    pages = pages_of(view, assets, time_zone=time_zone, recall=recall)
    await serve_desk((pages,), host=host, port=port, ready=ready, front=front, tls=tls)


async def serve_desk(
    desk: Sequence[Pages],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] | None = None,
    front: Front | None = None,
    tls: DeskTls | None = None,
) -> None:
    """Serve the pages of one gateway or of several until cancelled.

    Args:
        desk: the pages of each gateway, with a root of its own where there are several.
        host: a loopback address or `localhost`; another one only with TLS and accounts.
        port: TCP port; 0 takes a free one.
        ready: called once with the desk's address when it can be opened.
        front: who may ask, and how fast; None is a desk without accounts, which is only read.
        tls: certificates; None speaks plainly, which loopback alone may.

    Raises:
        NotLoopback: the host is not this machine's own, and it is not guarded.
        OSError: the port is taken, or a certificate cannot be read.
    """
    secured = None if tls is None else tls.context()
    before = _before(front, tls, host)
    listening = listening_socket(host, port, guarded=_guarded(before))
    app = desk_app(desk, front=before)
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="on",
        http=one_of(listening.crowd),
        timeout_graceful_shutdown=GRACE_S,
        ssl_context_factory=None if secured is None else lambda _config, _usual: secured,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        if ready is not None:
            ready(url_of(listening, "http" if tls is None else "https"))
        await asyncio.shield(serving)
    finally:
        # Streams never end by themselves: close them first, then the server finds nothing to wait for.
        for pages in desk:
            pages.view.feed.close()
        server.should_exit = True
        await serving
        listening.close()
