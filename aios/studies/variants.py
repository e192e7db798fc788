"""Putting controllers, models and policies into a site: tables in, tables and files out."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import msgspec

from aios.plugins import FILE, file_of
from aios.studies.lineage import digest_of
from aios.studies.study_file import LoopChange, Policies, Variant

LATE: Final = "study/late.py"
"""File beside the site through which agents that take time are made."""
LATE_TEXT: Final = '''"""An agent that takes time to think."""

from aios.studies.late import make

__all__ = ["make"]
'''
Files = dict[str, str]


def with_variant(site: dict[str, Any], variant: Variant, folder: Path) -> tuple[dict[str, Any], Files]:
    """Return a site's tables with its loops changed, and the files that they need.

    Args:
        site: tables of the site file; not changed.
        variant: what to change.
        folder: of the study, from where files count.
    """
    changed, files = deepcopy(site), Files()
    loops = [loop for loop in changed.get("loop", []) if loop["agent"] not in variant.drop]
    for change in variant.loop:
        place = next((n for n, loop in enumerate(loops) if loop["agent"] == change.agent), None)
        before = {"agent": change.agent} if place is None else loops[place]
        after, needed = _changed(before, change, folder)
        files |= needed
        loops = [*loops, after] if place is None else [*loops[:place], after, *loops[place + 1 :]]
    changed["loop"] = loops
    return changed, files


def with_policies(site: dict[str, Any], policies: Policies) -> dict[str, Any]:
    """Return a site's tables with other policies."""
    if policies.names is None:
        return site
    return {**site, "policies": {**site.get("policies", {}), "names": list(policies.names)}}


def variant_digest(variant: Variant, folder: Path) -> str:
    """Return the digest of a controller or model: its entry without the name, and its Python files.

    Two names for one controller are one controller, so a study may not have both.
    """
    paths = [path for change in variant.loop if (path := file_of(change.kind or "")) is not None]
    sources = [digest_of((folder / path).read_bytes()) for path in paths]
    return digest_of([msgspec.structs.replace(variant, name="-"), sources])


def kind_within(loop: Mapping[str, Any]) -> str:
    """Return the kind of a loop's agent, and of one that takes time the kind of the agent that thinks.

    >>> kind_within({"kind": "file:study/late.py", "settings": {"of": "file:shed.py"}})
    'file:shed.py'
    """
    kind = str(loop.get("kind", ""))
    return str(loop["settings"]["of"]) if kind == FILE + LATE else kind


def _changed(before: dict[str, Any], change: LoopChange, folder: Path) -> tuple[dict[str, Any], Files]:
    given = msgspec.to_builtins(change)
    settings, thinks = given.pop("settings", {}), given.pop("thinks", None)
    is_same = change.kind is None or change.kind == before.get("kind")
    after = before | given | {"settings": {**(before.get("settings", {}) if is_same else {}), **settings}}
    files = Files()
    path = file_of(change.kind or "")
    if path is not None:
        text = (folder / path).read_text(encoding="utf-8")
        # By its content, so that two studies with the same file make the same site.
        name = f"study/{path.stem}-{digest_of(text)[:8]}.py"
        files[name] = text
        after["kind"] = FILE + name
    if thinks is not None:
        files[LATE] = LATE_TEXT
        own = msgspec.json.encode(after["settings"]).decode()
        after["settings"] = {"of": after["kind"], "settings": own, **thinks}
        after["kind"] = FILE + LATE
    return after, files
