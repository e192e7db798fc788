"""Remote commands: the keys that sign them, sending one, and what carries them in."""
