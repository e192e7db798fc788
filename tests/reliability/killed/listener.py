"""A subscriber beside all this: which repair orders it heard over MQTT, and under which event ids."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
import paho.mqtt.client as paho

from tests.reliability.killed.site import NAME


class Listener:
    """Hears repair orders; it connects again by itself."""

    def __init__(self, port: int) -> None:
        self.events: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        """Ids of events, by order and when it was made."""
        self._client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="listener")
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe(f"aios/{NAME}/repair_order/#", qos=1)
        self._client.on_message = self._heard
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def _heard(self, _client: Any, _user: Any, message: Any) -> None:
        event = msgspec.json.decode(message.payload)
        self.events[event["data"]["id"], event["data"]["made_at_ns"]].add(event["id"])
