"""The repository's own files and what stands in them."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("aios", "kernel", "policies", "drivers", "simulators", "edge")
NOT_OURS = {".git", "var", "dist", "build", "__pycache__", "node_modules"}


@cache
def files() -> tuple[Path, ...]:
    """Every file but environments, caches and runs; asks no git, so that an unpacked archive passes too."""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not _is_made(name)]
        for name in names:
            yield Path(path) / name


def _is_made(name: str) -> bool:
    """Tell whether a folder is made by tools: an environment, a cache, a run."""
    return name in NOT_OURS or name.startswith(".venv") or name.endswith("_cache")


def python(*under: str) -> list[Path]:
    """Python files under folders of the repository."""
    return [path for path in files() if path.suffix == ".py" and name_of(path).split("/")[0] in under]


def name_of(path: Path) -> str:
    """Return a path as people write it: relative to the repository."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=name_of(path))


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the dotted names of the modules that a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return frozenset(found)
