"""TLS of the control room: our certificate, read anew when it is renewed, and which clients are believed."""

from __future__ import annotations

import ipaddress
import ssl
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec
import structlog
from cryptography import x509

_log: Final = structlog.get_logger(__name__)
_WORDS: Final = (
    ("certificate has expired", "its certificate has expired; renew it, and check both clocks"),
    ("certificate is not yet valid", "its certificate is not valid yet; check both clocks"),
    (
        "did not return a certificate",
        "it showed no certificate; have one made by an authority in --client-ca",
    ),
    ("self-signed certificate", "its certificate is signed by itself, not by an authority in --client-ca"),
    ("unable to get local issuer", "its certificate is not from an authority in --client-ca"),
    ("http request", "it does not speak TLS; use https://"),
    ("wrong version number", "it does not speak TLS; use https://"),
    ("alert unknown ca", "it does not know the authority of our certificate; give it that authority"),
    ("alert bad certificate", "it does not accept our certificate: look at its name and authority"),
    ("alert certificate expired", "our certificate has expired; renew it"),
    ("unsupported protocol", "it speaks nothing newer than TLS 1.1; update it"),
)


class DeskTls(msgspec.Struct, frozen=True, kw_only=True):
    """Which certificate the control room shows, and whose it wants to see: PEM files."""

    certificate: Path
    """Ours, with those between it and the authority that clients know."""
    key: Path
    client_ca: Path | None = None
    """Authorities of the certificates that every client must show; None asks for none."""

    def names(self) -> frozenset[str]:
        """Return the names and addresses in our certificate, as a Host header has them.

        Raises:
            OSError: the file cannot be read.
            ValueError: it holds no certificate.
        """
        read = x509.load_pem_x509_certificate(self.certificate.read_bytes())
        try:
            named = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return frozenset()
        addresses = named.get_values_for_type(x509.IPAddress)
        return frozenset(named.get_values_for_type(x509.DNSName)) | {_as_host(one) for one in addresses}

    def context(self) -> ssl.SSLContext:
        """Return what secures a connection: TLS 1.2 or newer, the files as they are at each handshake.

        Raises:
            OSError: a file cannot be read, or holds no such thing; the message names it.
        """
        context, reading = self._loaded(), _Renewed(self)
        context.sni_callback = reading.at_handshake
        return context

    def _loaded(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.sslobject_class = _Told
        try:
            # A password that is given keeps OpenSSL from asking for one on the terminal.
            context.load_cert_chain(self.certificate, self.key, password="")
            if self.client_ca is not None:
                context.load_verify_locations(self.client_ca)
                context.verify_mode = ssl.CERT_REQUIRED
        except OSError as error:
            named = ", ".join(str(file) for file in self._files())
            raise OSError(f"the certificates cannot be used ({named}): {error}") from error
        return context

    def _files(self) -> tuple[Path, ...]:
        return tuple(file for file in (self.certificate, self.key, self.client_ca) if file is not None)

    def written(self) -> tuple[int, ...]:
        """Return when each file was last written, nanoseconds; it changes when a certificate is renewed."""
        return tuple(file.stat().st_mtime_ns for file in self._files())


class _Renewed:
    """Looks at the files at each handshake; what cannot be read leaves what was there in force."""

    def __init__(self, tls: DeskTls) -> None:
        self._tls, self._seen = tls, tls.written()
        self._fresh: ssl.SSLContext | None = None

    def at_handshake(self, one: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        """Let a connection have the newest certificate."""
        with suppress(OSError):
            written = self._tls.written()
            if written != self._seen:
                self._seen = written
                self._read()
        if self._fresh is not None:
            one.context = self._fresh

    def _read(self) -> None:
        try:
            self._fresh = self._tls._loaded()  # noqa: SLF001 - its own reading
        except OSError as error:
            _log.error("tls.renewal_unreadable", why=str(error), still="the certificate before")
        else:
            _log.info("tls.certificate_renewed", file=str(self._tls.certificate))


class _Told(ssl.SSLObject):
    """A connection whose refusal is told in the log: asyncio hangs up in silence."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError as error:
            _log.warning("tls.client_refused", why=finding(str(error)))
            raise


def finding(reason: str) -> str:
    """Say why a client was refused, and what to do.

    >>> finding("[SSL] certificate verify failed: certificate has expired (_ssl.c:1)")
    'its certificate has expired; renew it, and check both clocks'
    """
    told = reason.lower().replace("_", " ")
    return next((words for mark, words in _WORDS if mark in told), reason)


def _as_host(address: Any) -> str:
    """Write an address as a Host header does: IPv6 in brackets."""
    return f"[{address}]" if isinstance(address, ipaddress.IPv6Address) else str(address)
