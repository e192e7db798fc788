"""Addresses of brokers, as a site file has them."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from kernel.site import BrokerTls

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker listens, and how it is known to be the right one."""

    host: str
    port: int = 1883
    username: str | None = None
    password: str | None = None
    tls: BrokerTls | None = None
    """Certificates; None where the connection is not encrypted."""


def address_of(url: str, tls: BrokerTls | None = None) -> Address:
    """Read `uplinks.mqtt` of a site file.

    >>> address_of("mqtt://broker:1884").port
    1884
    >>> address_of("mqtts://broker").port
    8883

    Raises:
        ValueError: it is not `mqtt[s]://[user:password@]host[:port]`.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError(
            f"uplinks.mqtt must be mqtt://host:port or mqtts://host:port, not {parts.scheme}://{parts.hostname}"
        )
    return Address(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=(tls or BrokerTls()) if parts.scheme == "mqtts" else None,
    )
