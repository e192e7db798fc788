"""Modbus/TCP Security, the client's side: TLS 1.2 or newer, a certificate on either end.

The role that the client certificate carries is read by the server; it decides what the role may do.

Source: MODBUS/TCP Security Protocol Specification V2.1, 6 and 8 (port 802, mutual authentication).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    import ssl

PORT: Final = 802
"""Registered for Modbus/TCP Security."""


class Tls(msgspec.Struct, frozen=True, kw_only=True):
    """Which server is believed, and as whom we come: PEM files."""

    ca: str
    """Certificates of those who may vouch for the server."""
    certificate: str
    """Ours, with those between it and the CA that the server knows."""
    key: str
    """Private key of our certificate."""
    server_name: str = ""
    """Name or address that must stand in the server's certificate; empty for the host."""

    def arguments(self, host: str) -> dict[str, Any]:
        """Return what asyncio's `create_connection` takes. The files are read anew, so renewals count.

        Raises:
            OSError: a file is missing or holds no such thing; the message names it.
        """
        return {"ssl": self.context(), "server_hostname": self.server_name or host}

    def context(self) -> ssl.SSLContext:
        """Return what checks the server's chain and name and shows our certificate."""
        import ssl  # noqa: PLC0415 - few need it

        secured = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # checks chain and name from the beginning
        secured.minimum_version = ssl.TLSVersion.TLSv1_2
        with _named(self.ca):
            secured.load_verify_locations(self.ca)
        with _named(f"{self.certificate} with {self.key}"):
            secured.load_cert_chain(self.certificate, self.key)
        return secured


def server_side(*, ca: str, certificate: str, key: str) -> ssl.SSLContext:
    """Return what a simulated device shows, and whom it demands to see: a client that `ca` vouches for.

    Raises:
        OSError: a file is missing or holds no such thing; the message names it.
    """
    import ssl  # noqa: PLC0415 - few need it

    secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    secured.minimum_version = ssl.TLSVersion.TLSv1_2
    secured.verify_mode = ssl.CERT_REQUIRED
    with _named(ca):
        secured.load_verify_locations(ca)
    with _named(f"{certificate} with {key}"):
        secured.load_cert_chain(certificate, key)
    return secured


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Put the names of the files into the error: what ssl says names none."""
    try:
        yield
    except OSError as error:
        raise OSError(f"{what}: {error.strerror or error}") from error
