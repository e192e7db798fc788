"""Testing helpers for plug-ins: fakes that pass the same contracts as the real parts, and virtual time."""

from kernel.shell.clock import VirtualClock
from kernel.testing import EmptyPast, FakeDriver, FakeGate

__all__ = ["EmptyPast", "FakeDriver", "FakeGate", "VirtualClock"]
