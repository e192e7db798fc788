"""Mirrors edge."""
