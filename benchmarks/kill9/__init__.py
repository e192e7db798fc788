"""Kill -9: a real gateway on real sockets, killed at random moments; the devices are the judges."""
