"""The field: simulated devices on real sockets, in a process of their own."""
