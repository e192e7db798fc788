"""Devices and peers for the benchmarks of the field."""
