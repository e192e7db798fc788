"""Faults with ground truth, and where each touches the world."""
