"""Replay: a recorded run decided again, as it was or under other policies; incidents to take away."""
