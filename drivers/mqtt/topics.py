"""Topics: where on the broker each thing of a site is published."""

from __future__ import annotations

from urllib.parse import quote


def state_topic(site: str) -> str:
    """Return the topic that says `online` or `offline` (retained; the broker says offline for us).

    >>> state_topic("nord")
    'aios/nord/state'
    """
    return _topic(site, "state")


def telemetry_topic(site: str, asset: str) -> str:
    """Return the topic of the measurements of one asset.

    >>> telemetry_topic("nord", "t1")
    'aios/nord/telemetry/t1'
    """
    return _topic(site, "telemetry", asset)


def document_topic(site: str, kind: str, about: str) -> str:
    """Return the topic of a document; a character that MQTT reserves is percent-encoded.

    >>> document_topic("nord", "forecast", "f11/active_power")
    'aios/nord/forecast/f11/active_power'
    >>> document_topic("nord", "repair_order", "t1#oil")
    'aios/nord/repair_order/t1%23oil'
    """
    return _topic(site, kind, *about.split("/"))


def commands_topic(site: str) -> str:
    """Return the topic on which signed commands come in.

    >>> commands_topic("nord")
    'aios/nord/commands/in'
    """
    return _topic(site, "commands", "in")


def answer_topic(site: str, command: str) -> str:
    """Return the topic on which the answers to one command go out.

    >>> answer_topic("nord", "c-17")
    'aios/nord/commands/out/c-17'
    """
    return _topic(site, "commands", "out", command)


def _topic(*levels: str) -> str:
    return "/".join(("aios", *(quote(level, safe=" :@") for level in levels)))
