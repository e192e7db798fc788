"""Uplinks of a site file: where telemetry and history go, with the files that they name."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

from aios.site.uplinks_section import DatabaseTlsSection, SparkplugSection, UplinksSection
from kernel.shell.secret import seen_from
from kernel.site import BrokerTls, SparkplugNode, Uplinks


def uplinks_of(section: UplinksSection, folder: Path) -> Uplinks:
    """Turn the section into the noun; a file that is named without an absolute path lies in `folder`."""
    tls = BrokerTls()
    if section.tls is not None:
        files = {name: getattr(section.tls, name) for name in ("ca", "certificate", "key")}
        paths = {name: str(folder / file) if file else "" for name, file in files.items()}
        tls = BrokerTls(server_name=section.tls.server_name, **paths)
    return Uplinks(
        mqtt=section.mqtt,
        mqtt_password_file=seen_from(section.mqtt_password_file, folder),
        history=_history(section.history, section.history_tls, folder),
        history_password_file=seen_from(section.history_password_file, folder),
        history_keep_days=section.history_keep_days,
        tls=tls,
        mqtt_form=section.mqtt_form,
        sparkplug=_sparkplug(section.sparkplug),
        home_assistant=section.home_assistant,
    )


def _history(address: str, tls: DatabaseTlsSection | None, folder: Path) -> str:
    """Add to a connection string what libpq has to check; `verify-full` is chain and name.

    Source: PostgreSQL 17, 32.19 SSL Support.
    """
    if tls is None:
        return address
    files = {"sslrootcert": tls.ca, "sslcert": tls.certificate, "sslkey": tls.key}
    said = {name: str(folder / file) for name, file in files.items() if file}
    said = {"sslmode": "verify-full", "sslrootcert": "system"} | said
    return f"{address}{'&' if '?' in address else '?'}{urlencode(said)}"


def _sparkplug(section: SparkplugSection | None) -> SparkplugNode:
    if section is None:
        return SparkplugNode()
    return SparkplugNode(
        group=section.group, node=section.node or "", primary_host=section.primary_host or ""
    )
