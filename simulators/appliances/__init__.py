"""What consumes and feeds in behind the buses of a network."""
