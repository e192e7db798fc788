"""Webhook: a message as JSON to an HTTP address, signed with a shared secret (HMAC-SHA-256).

The receiver computes the HMAC over `TIME.BODY`, compares in constant time, refuses what is older than some
minutes, and keeps the ids: what comes twice under one id is the same message.
"""

from __future__ import annotations

import hashlib
import hmac
import ssl
from collections.abc import Callable
from typing import Final

import httpx
import msgspec

from aios.notify.courier import NotDelivered, Refused
from aios.notify.message import Message
from kernel.shell.secret import Secret

TIMEOUT_S: Final = 10.0
SIGNATURE: Final = "AIOS-Signature"
ID: Final = "AIOS-Message-Id"
_LATER: Final = frozenset({401, 403, 404, 408, 409, 425, 429})
"""Refusals that an operator of the other side can mend: the message stays."""


class Webhook:
    """Posts messages to one address."""

    name = "webhook"

    def __init__(
        self,
        url: str,
        secret: Callable[[], Secret],
        *,
        now_ns: Callable[[], int],
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Post to an address; the secret is read for every message, so that a new one counts at once."""
        self._url, self._secret, self._now_ns = url, secret, now_ns
        self._tls = tls

    async def deliver(self, message: Message) -> None:
        """Post a message.

        Raises:
            NotDelivered: no connection, no answer, or one that asks to try later.
            Refused: the address does not take a message of this kind.
        """
        body = msgspec.json.encode(message)
        try:
            stamp = str(self._now_ns() // 1_000_000_000)
            headers = {
                "Content-Type": "application/json",
                ID: message.id,
                SIGNATURE: f"t={stamp},v1={signed(self._secret().reveal(), stamp, body)}",
            }
            async with httpx.AsyncClient(
                verify=self._tls or True, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False
            ) as client:
                answer = await client.post(self._url, content=body, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise NotDelivered(f"{type(error).__name__}: {error}") from error
        if answer.is_success:
            return
        said = f"{answer.status_code} {answer.reason_phrase}"
        if answer.is_client_error and answer.status_code not in _LATER:
            raise Refused(said)
        raise NotDelivered(said)


def signed(secret: str, stamp: str, body: bytes) -> str:
    """Return the signature of a body sent at a time, hexadecimal.

    >>> signed("key", "1", b"{}")[:16]
    '1ba6b8171186efc6'
    """
    return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
