"""The skeleton of a driver package: `aios driver new NAME` writes a copy of these files under its own name.

They run as they are, and the conformance kit is held against them with every guard in place, and with each
one removed (tests/planted_drivers).
"""
