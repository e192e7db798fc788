"""Demand response: what a flexible load or battery does for a limit or a price."""
