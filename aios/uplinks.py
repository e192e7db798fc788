"""The uplinks that a site asks for: JSON, Sparkplug B or both, each over a connection of its own."""

from __future__ import annotations

from pathlib import Path

from drivers.historian.sink import Sink
from drivers.mqtt.address import broker_of
from drivers.mqtt.home_assistant import HomeAssistant
from drivers.mqtt.link import MqttLink
from drivers.mqtt.uplink import MqttUplink
from kernel.ports import Clock
from kernel.site import Site


def started_uplinks(site: Site, root: Path, clock: Clock) -> list[Sink]:
    """Start the uplinks of a site inside a running loop; none where it names no broker.

    Args:
        site: whose telemetry goes out.
        root: folder of the gateway, where numbers are kept that outlive the process.
        clock: gives times and pauses.
    """
    if not site.uplinks.mqtt:
        return []
    sinks: list[Sink] = []
    if site.uplinks.mqtt_form in {"json", "both"}:
        sinks.append(_started_json(site, clock))
    if site.uplinks.mqtt_form in {"sparkplug", "both"}:
        sinks.append(_started_sparkplug(site, root, clock))
    return sinks


def _started_json(site: Site, clock: Clock) -> Sink:
    link = MqttLink(broker_of(site), site.name, clock=clock)
    beside = []
    if site.uplinks.home_assistant:
        told = HomeAssistant(link, site.name, site.points, prefix=site.uplinks.home_assistant)
        beside.append(told.run)
    uplink = MqttUplink(link, site.name, beside=beside)
    uplink.start()
    return uplink


def _started_sparkplug(site: Site, root: Path, clock: Clock) -> Sink:
    from drivers.mqtt.sparkplug.open import open_sparkplug  # noqa: PLC0415 - protobuf is for those who use it

    address = broker_of(site)
    uplink = open_sparkplug(site, address, clock=clock, directory=root)
    uplink.start()
    return uplink
