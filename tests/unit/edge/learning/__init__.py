"""Mirrors edge/learning."""
