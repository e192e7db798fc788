"""The edge node that a site file asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from drivers.historian.backoff import Backoff
from drivers.mqtt.address import Address
from drivers.mqtt.link import MqttLink
from drivers.mqtt.sparkplug.bd_seq import BirthDeathFile
from drivers.mqtt.sparkplug.edge_node import EdgeNode
from drivers.mqtt.sparkplug.host import PrimaryHost
from drivers.mqtt.sparkplug.names import NodeName
from drivers.mqtt.sparkplug.uplink import SparkplugPresence, SparkplugUplink
from kernel.ports import Clock
from kernel.site import Site

_FILE: Final = "sparkplug-bdseq"


def open_sparkplug(
    site: Site, address: Address, *, clock: Clock, directory: Path, backoff: Backoff | None = None
) -> SparkplugUplink:
    """Return the uplink of a site; `start` it inside a running loop.

    Args:
        site: its points become metrics, its assets devices.
        address: of the broker.
        clock: gives times and pauses.
        directory: where the birth-death number is kept.
        backoff: pauses between attempts to connect.
    """
    names = site.uplinks.sparkplug
    name = NodeName(group=names.group, node=names.node or site.name, primary_host=names.primary_host)
    file, host = BirthDeathFile(directory / _FILE), PrimaryHost(names.primary_host)
    node = EdgeNode(name, site.points, bd_seq=file.read())
    presence = SparkplugPresence(node, host, file, clock)
    link = MqttLink(address, site.name, clock=clock, presence=presence, backoff=backoff)
    return SparkplugUplink(link, node, host, clock)
