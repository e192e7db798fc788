"""A host application made with pysparkplug, a second implementation of Sparkplug B.

    PYTHONPATH=.venv-interop python tests/contract/sparkplug_host.py PORT

It runs in a process of its own, since it wants an older paho-mqtt than ours, and prints what it understood, a
line of JSON for each message.
"""

import json
import sys
import threading
from typing import Any


def metric(one: Any) -> dict[str, Any]:
    return {
        "name": one.name,
        "alias": one.alias,
        "type": one.datatype.name,
        "value": one.value,
        "null": one.is_null,
        "historical": one.is_historical,
        "at_ms": one.timestamp,
    }


def told(message: Any) -> dict[str, Any]:
    payload = message.payload
    metrics = getattr(payload, "metrics", ())
    if hasattr(payload, "bd_seq_metric"):
        metrics = (payload.bd_seq_metric,)
    return {
        "kind": str(message.topic.message_type.value),
        "device": message.topic.device_id,
        "seq": getattr(payload, "seq", None),
        "metrics": [metric(one) for one in metrics],
    }


def main(port: int) -> None:
    import paho.mqtt
    import pysparkplug

    assert paho.mqtt.__version__.startswith("1."), "this must be its own paho, not ours"
    client = pysparkplug.Client()
    connected = threading.Event()
    client.connect("127.0.0.1", port=port, callback=lambda _: connected.set())
    if not connected.wait(10):
        raise SystemExit("no connection to the broker")
    everything = pysparkplug.Topic(group_id="#")
    client.subscribe(
        everything,
        pysparkplug.QoS.AT_LEAST_ONCE,
        lambda _, message: print(json.dumps(told(message)), flush=True),
    )
    print(json.dumps({"kind": "listening"}), flush=True)
    sys.stdin.read()  # until the test closes it


if __name__ == "__main__":
    main(int(sys.argv[1]))
