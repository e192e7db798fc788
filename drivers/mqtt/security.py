"""TLS towards a broker: certificates from files, and refusals in words that say what to do."""

from __future__ import annotations

import ssl
from typing import Any, Final

from kernel.site import BrokerTls

_FINDINGS: Final = (
    (
        ("hostname mismatch", "ip address mismatch"),
        "the broker's certificate is for another name; connect to that name, or set uplinks.tls.server_name",
    ),
    (
        ("certificate has expired",),
        "the broker's certificate has expired; renew it, and check this machine's clock",
    ),
    (("not yet valid",), "the broker's certificate is not valid yet; check this machine's clock"),
    (
        ("self-signed certificate", "self signed certificate", "unable to get local issuer", "verify failed"),
        "the broker's certificate is not from an authority in uplinks.tls.ca",
    ),
    (
        ("certificate required", "handshake failure", "peer did not return a certificate"),
        "the broker wants a client certificate; set uplinks.tls.certificate and uplinks.tls.key",
    ),
    (
        (
            "unknown ca",
            "bad certificate",
            "certificate unknown",
            "alert certificate expired",
            "access denied",
        ),
        "the broker does not accept our client certificate; have one made by an authority that it trusts",
    ),
    (
        ("eof occurred", "connection reset"),
        "the broker ended the session at once; most often it wants (another) uplinks.tls.certificate",
    ),
    (
        ("wrong version number", "record layer failure"),
        "the port does not speak TLS; use mqtt:// or the TLS port",
    ),
    (("unsupported protocol", "protocol version"), "the broker offers no TLS 1.2 or newer; update it"),
)


class BrokerContext(ssl.SSLContext):
    """A client's TLS context that knows the broker's name, and remembers why a session ended.

    The client library reports a session that the broker refuses after the handshake, as TLS 1.3 does, only as
    silence; the reason stands in `ended`.
    """

    server_name = ""
    """Name in the broker's certificate; empty for the name that was connected to."""
    ended = ""

    def wrap_socket(self, *arguments: Any, **options: Any) -> ssl.SSLSocket:
        """Wrap a socket; the certificate must be for `server_name` where it is set."""
        if self.server_name:
            options["server_hostname"] = self.server_name
        return super().wrap_socket(*arguments, **options)


class _Socket(ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:  # noqa: FBT001, FBT002 - as the library has it
        try:
            super().do_handshake(block)
        except OSError:
            self.close()  # paho leaves it to the garbage collector
            raise

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            return super().recv(buflen, flags)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except OSError as error:
            if isinstance(self.context, BrokerContext):
                self.context.ended = self.context.ended or str(error)
            raise


def context_of(tls: BrokerTls) -> BrokerContext:
    """Read the files of a TLS setting: TLS 1.2 or newer, certificate and name of the broker always checked.

    Raises:
        OSError: a file cannot be read, or holds no certificate or key (`ssl.SSLError`).
    """
    context = BrokerContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.server_name, context.sslsocket_class = tls.server_name, _Socket
    try:
        if tls.ca:
            context.load_verify_locations(tls.ca)
        else:
            context.load_default_certs()
        if tls.certificate:
            # A password that is given keeps OpenSSL from asking for one on the terminal.
            context.load_cert_chain(tls.certificate, tls.key or None, password="")
    except OSError as error:
        named = ", ".join(file for file in (tls.ca, tls.certificate, tls.key) if file)
        raise OSError(f"the files of uplinks.tls cannot be read ({named}): {error}") from error
    return context


def finding(reason: str) -> str:
    """Say what a TLS failure means and what to do; another reason stays as it is.

    >>> finding("certificate verify failed: certificate has expired (_ssl.c:1)")
    "the broker's certificate has expired; renew it, and check this machine's clock"
    >>> finding("Connection refused")
    'Connection refused'
    """
    told = reason.lower().replace("_", " ")
    return next((words for marks, words in _FINDINGS if any(mark in told for mark in marks)), reason)
