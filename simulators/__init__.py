"""A world to test in: grid physics, field devices on real sockets, faults."""
