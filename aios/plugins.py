"""Agents from outside: by entry point (`aios.agents`), or from a plain Python file beside the site file."""

from __future__ import annotations

import hashlib
import importlib.util
import sys
from collections.abc import Callable
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Final

from kernel.ports import Agent
from kernel.site import LoopSpec, Site

GROUP: Final = "aios.agents"
FILE: Final = "file:"
"""Beginning of a kind that names a Python file."""
Make = Callable[[LoopSpec, Site], Agent]


class NoSuchAgent(LookupError):
    """Nothing makes an agent of that kind; the message says what was looked for."""


def installed_kinds() -> list[str]:
    """Return the kinds of agents that installed packages offer."""
    return sorted(entry.name for entry in entry_points(group=GROUP))


def file_of(kind: str) -> Path | None:
    """Return the file that a kind names; None where it names an entry point.

    >>> file_of("peak_shaving") is None, file_of("file:agents/shed.py")
    (True, PosixPath('agents/shed.py'))
    """
    return Path(kind.removeprefix(FILE)) if kind.startswith(FILE) else None


def beside(kind: str, folder: Path) -> str:
    """Return a kind with its file seen from the site file's folder; an entry point stays what it is."""
    path = file_of(kind)
    return kind if path is None else f"{FILE}{folder / path}"


def maker_of(kind: str) -> Make:
    """Return what makes agents of a kind.

    Raises:
        NoSuchAgent: no installed package offers it, or its file is missing, broken or makes nothing.
    """
    path = file_of(kind)
    if path is not None:
        return _maker_in(path)
    found = [entry for entry in entry_points(group=GROUP) if entry.name == kind]
    if not found:
        raise NoSuchAgent(f"no agent of kind {kind} is installed; there are {', '.join(installed_kinds())}")
    make: Make = found[0].load()
    return make


def digest_of(kind: str) -> str:
    """Return the SHA-256 of a kind's file, hexadecimal; empty for an entry point.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = file_of(kind)
    return "" if path is None else hashlib.sha256(path.read_bytes()).hexdigest()


def origin_of(kind: str) -> str:
    """Say where agents of a kind come from: package and version, or the digest of the file."""
    if file_of(kind) is not None:
        return f"sha256 {digest_of(kind)}"
    for entry in entry_points(group=GROUP):
        if entry.name == kind and entry.dist is not None:
            return f"{entry.dist.name} {entry.dist.version}"
    return "unknown"


def _maker_in(path: Path) -> Make:
    module = _module(path)
    make: Make | None = getattr(module, "make", None)
    if not callable(make):
        raise NoSuchAgent(f"{path} has no function make(spec, site) that returns the agent")
    return make


def _module(path: Path) -> ModuleType:
    """Import a file under a name of its own, so that it shadows nothing."""
    if not path.is_file():
        raise NoSuchAgent(f"there is no file {path}; the path counts from the site file's folder")
    name = f"aios_agent_{hashlib.sha256(str(path.resolve()).encode() + path.read_bytes()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise NoSuchAgent(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # msgspec and dataclasses look their modules up
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # foreign code: whatever importing it raises is said to who named it
        del sys.modules[name]
        raise NoSuchAgent(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module
