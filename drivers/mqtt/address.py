"""Addresses of brokers, as a site file has them."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from kernel.site import BrokerTls, Site

_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where a broker listens, and how it is known to be the right one."""

    host: str
    port: int = 1883
    username: str | None = None
    password_file: str = ""
    """File of the account's password, or `credential:NAME`; empty where there is none."""
    tls: BrokerTls | None = None
    """Certificates; None where the connection is not encrypted."""


def address_of(url: str, tls: BrokerTls | None = None, *, password_file: str = "") -> Address:
    """Read `uplinks.mqtt` of a site file; the password of its account stands in a file of its own.

    >>> address_of("mqtt://broker:1884").port
    1884
    >>> address_of("mqtts://broker").port
    8883

    Raises:
        ValueError: it is not `mqtt[s]://[account@]host[:port]`.
    """
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"}:
        raise ValueError(
            f"uplinks.mqtt must be mqtt://host:port or mqtts://host:port, not {parts.scheme}://{parts.hostname}"
        )
    if parts.password is not None:
        raise ValueError(
            "a password does not stand in a broker's address: put it into a file and name that file"
        )
    return Address(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password_file=password_file,
        tls=(tls or BrokerTls()) if parts.scheme == "mqtts" else None,
    )


def broker_of(site: Site) -> Address:
    """Return the broker that a site file names.

    Raises:
        ValueError: it names none.
    """
    uplinks = site.uplinks
    return address_of(uplinks.mqtt, uplinks.tls, password_file=uplinks.mqtt_password_file)
