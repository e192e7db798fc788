"""A field on real sockets in which some devices are ill."""
