"""Asking a gateway over its socket, and its tables as people read them in a terminal."""
