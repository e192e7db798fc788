"""The catalogue of policies: a page for people, written from the annotations of the policies themselves.

    python -m policies.catalogue > docs/policy-catalogue.md

It needs PyYAML, as developers have it: annotations are YAML, and a gateway never reads them.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from policies.bundle import policy_modules, shipped

_DATA = Path(__file__).parent / "data"
_HEAD = """# The policies, one by one

Written by `python -m policies.catalogue > docs/policy-catalogue.md` from the annotations in `policies/rego/`:
change them there.
How commands are judged, and what all policies share, stands in [policies](policies.md).
"""


class Parameter(msgspec.Struct, frozen=True):
    """One parameter of a policy, with its unit and what it means."""

    name: str
    unit: str
    meaning: str
    value: Any


class Annotated(msgspec.Struct, frozen=True, kw_only=True):
    """What a policy says of itself."""

    name: str
    title: str
    description: str
    source: str
    needs: str
    related: tuple[dict[str, str], ...]
    parameters: tuple[Parameter, ...]


def annotated(name: str) -> Annotated:
    """Read the annotations of a shipped policy.

    Raises:
        KeyError: it lacks one that every policy has.
        ValueError: its annotations are no YAML.
    """
    (text,) = (module.text for module in policy_modules() if module.path == f"{name}.rego")
    lines = text.partition("package ")[0].splitlines()[1:]
    said: dict[str, Any] = msgspec.yaml.decode("\n".join(line[2:] for line in lines))
    data = json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
    custom = said["custom"]
    return Annotated(
        name=name,
        title=said["title"],
        description=said["description"].strip(),
        source=custom["source"],
        needs=custom["needs"],
        related=tuple(said["related_resources"]),
        parameters=tuple(
            Parameter(key, unit, meaning, data[key]) for key, (unit, meaning) in custom["parameters"].items()
        ),
    )


def page() -> str:
    """Write the page."""
    return "\n".join([_HEAD, *(_section(annotated(name)) for name in shipped())])


def _section(policy: Annotated) -> str:
    rows = [
        f"| `{one.name}` | {_shown(one.value)} | {one.unit} | {one.meaning} |" for one in policy.parameters
    ]
    related = [f"- [{one['description'].strip()}]({one['ref']})" for one in policy.related]
    parts = [
        f"## {policy.title}\n",
        f"`{policy.name}` - {policy.source}\n",
        f"{policy.description}\n",
        f"Needs {policy.needs}.\n",
        "| parameter | value | unit | meaning |\n|---|---|---|---|",
        *rows,
        "",
        *related,
        "",
    ]
    return "\n".join(parts)


def _shown(value: Any) -> str:
    return f"`{json.dumps(value)}`" if isinstance(value, dict | list) else f"{value}"


if __name__ == "__main__":
    sys.stdout.write(page())
