"""Mirrors simulators/profiles."""
