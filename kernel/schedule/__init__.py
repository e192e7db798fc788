"""Scheduling: what runs when, how long it took, and whether it can keep its deadlines."""
