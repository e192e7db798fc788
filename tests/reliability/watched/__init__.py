"""A gateway under a small stand-in for systemd, with an agent that hangs when it is told to."""
