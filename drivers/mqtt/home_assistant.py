"""Home Assistant's discovery: a retained config a point, so that its sensors appear by themselves.

Source: Home Assistant documentation, MQTT integration, "MQTT Discovery" and "Birth and last will messages".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
import structlog

from drivers.mqtt.link import LinkDown, MqttLink
from drivers.mqtt.message import OutgoingMessage
from drivers.mqtt.presence import OFFLINE, ONLINE
from drivers.mqtt.topics import state_topic, telemetry_topic
from kernel.point import Kind, Point

_ONLINE: Final = b"online"
"""What Home Assistant says on its status topic when it has started."""
_AT_A_TIME: Final = 100
_UNITS: Final[Mapping[str, tuple[str, str]]] = {
    "kW": ("kW", "power"),
    "kvar": ("kvar", ""),
    "kVA": ("kVA", ""),
    "kV": ("kV", "voltage"),
    "A": ("A", "current"),
    "kWh": ("kWh", "energy"),
    "degC": ("°C", "temperature"),
    "K": ("K", ""),
    "%": ("%", ""),
    "1": ("", ""),
}
"""Unit and device class there of a unit here; a class is given only where its unit is one that it takes."""
_log: Final = structlog.get_logger(__name__)


def config_topic(prefix: str, site: str, point: str) -> str:
    """Return where the config of a point is kept.

    >>> config_topic("homeassistant", "nord", "f11/active_power")
    'homeassistant/sensor/aios_nord/f11-active_power/config'
    """
    return f"{prefix}/sensor/aios_{site}/{point.replace('/', '-')}/config"


def config_of(prefix: str, site: str, point: Point) -> OutgoingMessage:
    """Return the config of a point as a sensor that reads the telemetry of its asset."""
    asset, _, quantity = point.name.partition("/")
    unit, device_class = _UNITS.get(point.unit, (point.unit, ""))
    told: dict[str, Any] = {
        "name": quantity.replace("_", " "),
        "unique_id": f"aios-{site}-{asset}-{quantity}",
        "state_topic": telemetry_topic(site, asset),
        "value_template": _template(point),
        "availability_topic": state_topic(site),
        "payload_available": ONLINE.decode(),
        "payload_not_available": OFFLINE.decode(),
        "device": {
            "identifiers": [f"aios-{site}-{asset}"],
            "name": f"{site} {asset}",
            "manufacturer": "AIOS Grid",
        },
    }
    if point.kind is Kind.CODE and point.states:
        told |= {"device_class": "enum", "options": sorted(set(point.states.values()))}
    else:
        told |= {"unit_of_measurement": unit} if unit else {}
        told |= {"device_class": device_class} if device_class else {}
        told["state_class"] = "total_increasing" if point.kind is Kind.COUNTER else "measurement"
    if told.get("device_class") == "energy" and point.kind is not Kind.COUNTER:
        told["state_class"] = "total"
    return OutgoingMessage(
        topic=config_topic(prefix, site, point.name), payload=msgspec.json.encode(told), retain=True
    )


def _template(point: Point) -> str:
    """Return the template: the newest row of the point, or what was there where the message has none."""
    value = "rows[-1].value"
    if point.kind is Kind.CODE and point.states:
        states = ", ".join(f"{code}: '{state}'" for code, state in sorted(point.states.items()))
        value = f"{{{states}}}.get({value})"
    rows = f"value_json.data.rows | selectattr('point', 'eq', '{point.name}') | list"
    newest, before = f"{{{{ {value} }}}}", "{{ this.state }}"
    return f"{{% set rows = {rows} %}}{{% if rows %}}{newest}{{% else %}}{before}{{% endif %}}"


class HomeAssistant:
    """Tells Home Assistant of the points: on each connection, and when it has started anew.

    A config that an earlier life left for a point that is not there any more is cleared.
    """

    def __init__(self, link: MqttLink, site: str, points: Iterable[Point], *, prefix: str) -> None:
        self.cleared = 0
        """Configs of points that are gone."""
        self._link = link
        self._configs = {message.topic: message for message in (config_of(prefix, site, p) for p in points)}
        self._status = link.subscribe(f"{prefix}/status", most=5)
        self._kept = link.subscribe(config_topic(prefix, site, "+"), most=100)

    async def run(self) -> None:
        """Tell until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._after_each_connection())
            group.create_task(self._after_each_birth())
            group.create_task(self._clear_what_is_gone())

    async def _after_each_connection(self) -> None:
        number = 0
        while True:
            number = await self._link.connection_after(number)
            await self._publish(tuple(self._configs.values()))

    async def _after_each_birth(self) -> None:
        while True:
            if (await self._status.get()).payload == _ONLINE:
                await self._publish(tuple(self._configs.values()))

    async def _clear_what_is_gone(self) -> None:
        while True:
            message = await self._kept.get()
            if message.payload and message.topic not in self._configs:
                await self._link.wait_until_up()
                self.cleared += 1
                _log.info("home_assistant.cleared", topic=message.topic)
                await self._publish([OutgoingMessage(topic=message.topic, payload=b"", retain=True)])

    async def _publish(self, messages: Sequence[OutgoingMessage]) -> None:
        with contextlib.suppress(LinkDown):  # the next connection tells all of it again
            for start in range(0, len(messages), _AT_A_TIME):
                await self._link.publish(messages[start : start + _AT_A_TIME])
