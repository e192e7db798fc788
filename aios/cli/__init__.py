"""The command line: `aios`."""

from aios.cli.app import main

__all__ = ["main"]
