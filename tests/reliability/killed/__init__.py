"""A gateway with desk, database and broker, each a process to be killed, and people who act on the desk."""
