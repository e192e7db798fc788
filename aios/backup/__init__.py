"""Backup: what a gateway remembers as one file, proven when it is written and again before it is used."""
