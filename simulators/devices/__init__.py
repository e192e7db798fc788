"""Simulated field devices, as their register banks behave."""
