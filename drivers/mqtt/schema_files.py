"""JSON Schemas of the payloads, generated from the contracts.

`python -m drivers.mqtt.schema_files` writes them anew; a test holds them current.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import msgspec

from drivers.mqtt.command_answers import CommandAnswer
from drivers.mqtt.contracts import Event, Telemetry
from kernel.alarm import Alarm
from kernel.finding import Assessment, Finding
from kernel.forecast import Forecast
from kernel.plan import Plan
from kernel.remote import CommandClaims
from kernel.repair import RepairOrder

DIRECTORY: Final = Path(__file__).parent / "schemas"
PAYLOADS: Final[dict[str, Any]] = {
    "telemetry": Event[Telemetry],
    "forecast": Event[Forecast],
    "plan": Event[Plan],
    "assessment": Event[Assessment],
    "finding": Event[Finding],
    "repair_order": Event[RepairOrder],
    "alarm": Event[Alarm],
    "remote_command": CommandClaims,
    "command_answer": Event[CommandAnswer],
}


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a payload, as its file holds it."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"aios.{kind}.v1",
        **msgspec.json.schema(PAYLOADS[kind]),
    }
    return msgspec.json.format(msgspec.json.encode(schema), indent=2).decode() + "\n"


def schema_file(kind: str) -> Path:
    """Return where the schema of a payload lies."""
    return DIRECTORY / f"{kind}.v1.json"


def write_schemas() -> None:
    """Write the schema of every payload."""
    DIRECTORY.mkdir(exist_ok=True)
    for kind in PAYLOADS:
        schema_file(kind).write_text(schema_text(kind), "utf-8")


if __name__ == "__main__":
    write_schemas()
