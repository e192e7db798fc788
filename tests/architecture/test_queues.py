"""Every queue is bounded: what can grow while nobody reads stands in one table, with its bound."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.architecture.sources import ROOT, name_of, python, tree_of

WHERE = python("kernel", "edge", "aios", "drivers", "policies")
NOT_RUN = (
    "kernel/testing",
    "aios/testing",
    "aios/skeleton",
    "aios/demo",
    "aios/cli",
    "aios/control_room",
    "aios/studies",
    "aios/simulation",
    "aios/environment",
)
"""Fakes of tests, and what is no part of a gateway's process."""
QUEUES = {"deque", "Queue", "SimpleQueue", "LifoQueue", "PriorityQueue"}
ROW = re.compile(r"^\| `(?P<file>[\w/]+\.py)` `(?P<attribute>\w+)` \|(?P<rest>.*)\|$", re.MULTILINE)


def makes_a_queue(node: ast.expr | None) -> bool:
    """Whether an expression makes a deque or a queue anywhere in it."""
    return node is not None and any(
        isinstance(part, ast.Name | ast.Attribute)
        and (part.id if isinstance(part, ast.Name) else part.attr) in QUEUES
        for part in ast.walk(node)
    )


def queues_of(tree: ast.AST) -> Iterator[str]:
    """Attributes of objects that are queues, or lists that begin empty and outlive a call."""
    for node in ast.walk(tree):
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        value = getattr(node, "value", None) if isinstance(node, ast.AnnAssign | ast.Assign) else None
        in_class = isinstance(node, ast.AnnAssign | ast.Assign) and any(
            isinstance(target, ast.Attribute) and ast.unparse(target.value) == "self" for target in targets
        )
        is_empty_list = isinstance(node, ast.AnnAssign) and isinstance(value, ast.List) and not value.elts
        if in_class and (makes_a_queue(value) or is_empty_list):
            yield next(target.attr for target in targets if isinstance(target, ast.Attribute))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and makes_a_queue(field.value):
                    yield ast.unparse(field.target)


@cache
def found() -> frozenset[tuple[str, str]]:
    paths = [path for path in WHERE if not name_of(path).startswith(NOT_RUN)]
    return frozenset((name_of(path), attribute) for path in paths for attribute in queues_of(tree_of(path)))


def table() -> dict[tuple[str, str], str]:
    text = (ROOT / "docs" / "back-pressure.md").read_text(encoding="utf-8")
    return {(row["file"], row["attribute"]): row["rest"] for row in ROW.finditer(text)}


def test_every_queue_stands_in_the_table() -> None:
    named = table().keys()
    assert found() - named == set(), "a queue without a row in docs/back-pressure.md: bound it and say so"


def test_the_table_names_no_queue_that_is_not_there() -> None:
    kept = {("edge/desk.py", "_commands"), ("kernel/shell/bus.py", "_queue")}  # dictionaries in order
    assert table().keys() - found() - kept == set()


def test_every_row_says_what_waits_how_much_and_what_happens_when_it_is_full() -> None:
    for place, rest in table().items():
        cells = [cell.strip() for cell in rest.split("|")]
        assert len(cells) == 3, place
        assert all(cells), place
        assert re.search(r"\d|one", cells[1]) or "a second" in cells[1], place


def test_an_unbounded_queue_would_be_found() -> None:
    source = (
        "class A:\n def __init__(self):\n  self.a = deque()\n  self.b: list[int] = []\n"
        "  self.c: asyncio.Queue[int] = asyncio.Queue()\n  self.d = 3\n"
        "class B:\n e: deque[int] = field(default_factory=deque)\n"
    )
    assert set(queues_of(ast.parse(source))) == {"a", "b", "c", "e"}
