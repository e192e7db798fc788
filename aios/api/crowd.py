"""The crowd before the desk's door is bounded, and who has asked nothing yet makes room for who comes.

It is counted where connections are accepted, so that also one that never ends its TLS handshake counts. What
is full of half requests stays open: the oldest of them goes, in place of whoever comes next.
"""

from __future__ import annotations

import resource
import socket
from typing import Final, TypeAlias

import structlog

IN_ALL: Final = 512
"""Connections at one time: twenty desks have six each at most, as browsers do."""
OF_ONE: Final = 128
"""Connections from one address at one time: twenty desks behind one proxy fit."""
RESERVE: Final = 64
"""File descriptors that are left for gateways, journals and files."""
ENDING: Final = 16
"""Connections that are being closed before the next one is accepted."""

_log = structlog.get_logger(__name__)

Peer: TypeAlias = tuple[str, int]


class Crowd:
    """The connections of one listening socket."""

    def __init__(self, *, in_all: int = IN_ALL, of_one: int = OF_ONE, files: int | None = None) -> None:
        """Bound a crowd.

        Args:
            in_all: connections at one time.
            of_one: connections from one address; never more than three quarters of all.
            files: file descriptors that this process may have; None asks the system.
        """
        given = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if files is None else files
        limit = in_all if given == resource.RLIM_INFINITY else given - RESERVE
        self._in_all = max(4, min(in_all, limit))
        self._of_one = min(of_one, self._in_all * 3 // 4)
        self._here: dict[Peer, socket.socket] = {}
        self._of: dict[str, int] = {}
        self._silent: dict[Peer, socket.socket] = {}
        """Who has asked nothing yet, the oldest first."""
        self._ending: set[Peer] = set()
        self._full = False

    @property
    def is_ending_many(self) -> bool:
        """Whether sent away connections have to be closed before others are let in."""
        return len(self._ending) >= ENDING

    def let_in(self, peer: Peer, connection: socket.socket) -> bool:
        """Tell whether a connection has a place; the oldest that has asked nothing gives it one."""
        crowded_by_one = self._of.get(peer[0], 0) >= self._of_one
        if (crowded_by_one or len(self._here) >= self._in_all) and not self._made_room(
            peer[0] if crowded_by_one else ""
        ):
            return False
        self._here[peer] = self._silent[peer] = connection
        self._of[peer[0]] = self._of.get(peer[0], 0) + 1
        return True

    def asked(self, peer: Peer) -> None:
        """Hear that a connection has sent a whole request: it keeps its place."""
        self._silent.pop(peer, None)

    def gone(self, peer: Peer, connection: socket.socket) -> None:
        """Hear that a connection is closed."""
        self._ending.discard(peer)
        if self._here.get(peer) is connection:
            self._forget(peer)
        if len(self._here) < self._in_all // 2:
            self._full = False

    def _made_room(self, address: str) -> bool:
        """Send away the oldest that has asked nothing, of an address or of all; tell whether there is one."""
        if not self._full:
            self._full = True
            _log.warning("desk_crowded", connections=len(self._here), silent=len(self._silent), by=address)
        oldest = next((peer for peer in self._silent if address in {"", peer[0]}), None)
        if oldest is None:
            return False
        try:
            self._silent[oldest].shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has gone by itself
        else:
            self._ending.add(oldest)
        self._forget(oldest)
        return True

    def _forget(self, peer: Peer) -> None:
        del self._here[peer]
        self._silent.pop(peer, None)
        self._of[peer[0]] -= 1
        if not self._of[peer[0]]:
            del self._of[peer[0]]


class Door(socket.socket):
    """A listening socket that lets in no more than its crowd may be."""

    crowd: Crowd

    def accept(self) -> tuple[socket.socket, object]:
        """Accept a connection that has a place.

        Raises:
            BlockingIOError: nobody waits, or who was sent away has to be closed first.
        """
        while True:
            if self.crowd.is_ending_many:
                raise BlockingIOError
            number, address = self._accept()  # type: ignore[attr-defined]
            connection = _Counted(self.family, self.type, self.proto, fileno=number)
            connection.setblocking(False)  # noqa: FBT003 - the standard library's own signature
            connection.peer, connection.crowd = (str(address[0]), int(address[1])), self.crowd
            if self.crowd.let_in(connection.peer, connection):
                return connection, address
            connection.close()


class _Counted(socket.socket):
    """A connection that says when it is closed."""

    peer: Peer
    crowd: Crowd

    def close(self) -> None:
        """Close it, and give up its place."""
        super().close()
        self.crowd.gone(self.peer, self)
