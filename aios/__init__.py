"""AIOS Grid: an operating system for the substation's edge."""

__version__ = "0.1.0"
