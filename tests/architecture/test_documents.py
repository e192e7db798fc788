"""Documents are found: each stands in the list that readers begin with."""

from __future__ import annotations

import re

from tests.architecture.sources import ROOT

DOCS = ROOT / "docs"


def test_every_document_stands_in_the_index():
    linked = set(re.findall(r"\]\(([\w/.-]+\.md)\)", (DOCS / "index.md").read_text(encoding="utf-8")))
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")} - {"index.md"}
    assert there - linked == set()
    assert {name for name in linked if not (DOCS / name).resolve().exists()} == set()


def test_the_rooms_of_the_design_are_there() -> None:
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    sketch = text[text.index("The rooms (") :].split("```")[1]
    floor, rooms = "", list[str]()
    for line in sketch.strip().splitlines():
        first, *words = line.split()
        floor = first if not line.startswith(" ") else floor
        named = words if not line.startswith(" ") else [first, *words]
        rooms += [f"{floor}{word}" for word in named if re.fullmatch(r"[a-z_/]+(/|[.]py)", word)]
    assert len(rooms) > 50
    assert [room for room in rooms if not (ROOT / room).exists()] == []
