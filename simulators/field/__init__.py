"""The field: simulated devices on real sockets."""
