"""Invariants that hold for any input."""
