"""Tables of ticks: what is given, and what an agent must do about it."""
