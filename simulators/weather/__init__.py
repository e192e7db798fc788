"""The weather of a world: one sky at a moment, from a model or from measurements."""
