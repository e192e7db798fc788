"""Planted faults: each guard is removed in turn on a copy of the tree, and some test must notice."""
