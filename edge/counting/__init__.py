"""Counters that policies read: how long the grid has been normal, and how often a load was limited."""
