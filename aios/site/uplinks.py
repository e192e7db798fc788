"""Uplinks of a site file: where telemetry and history go, with the files that they name."""

from __future__ import annotations

from pathlib import Path

from aios.site.uplinks_section import SparkplugSection, UplinksSection
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
        history=section.history,
        history_keep_days=section.history_keep_days,
        tls=tls,
        mqtt_form=section.mqtt_form,
        sparkplug=_sparkplug(section.sparkplug),
        home_assistant=section.home_assistant,
    )


def _sparkplug(section: SparkplugSection | None) -> SparkplugNode:
    if section is None:
        return SparkplugNode()
    return SparkplugNode(
        group=section.group, node=section.node or "", primary_host=section.primary_host or ""
    )
