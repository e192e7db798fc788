"""The extra `opendss`: its program, loaded where it is used, or a word on how to get it."""

from __future__ import annotations

from importlib import import_module, metadata
from types import ModuleType
from typing import Any


class NoOpenDss(ImportError):
    """The extra is missing; the message names it."""

    def __init__(self) -> None:
        super().__init__('this needs OpenDSS: pip install "aios-grid[opendss]"')


def program() -> Any:
    """Return an OpenDSS of its own, without a circuit; it opens no window and changes no folder.

    Raises:
        NoOpenDss: the extra `opendss` is missing.
    """
    own = load().DSS.NewContext()
    own.AllowForms = own.AllowEditor = own.AllowChangeDir = False
    return own


def failure() -> type[Exception]:
    """Return what the program raises when it cannot do what it was told."""
    raised: type[Exception] = load().DSSException
    return raised


def version() -> str:
    """Return name and release, as a record of provenance names them."""
    load()
    return f"OpenDSS (dss-python {metadata.version('dss-python')})"


def load() -> ModuleType:
    """Return dss-python.

    Raises:
        NoOpenDss: the extra `opendss` is missing.
    """
    try:
        return import_module("dss")
    except ModuleNotFoundError as missing:
        raise NoOpenDss from missing
