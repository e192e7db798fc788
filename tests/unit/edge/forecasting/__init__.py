"""Mirrors edge/forecasting."""
