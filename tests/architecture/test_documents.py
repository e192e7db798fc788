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
