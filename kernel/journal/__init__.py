"""The journal: what was decided, made durable, recorded and decided again."""
