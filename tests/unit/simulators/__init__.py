"""Mirrors simulators."""
