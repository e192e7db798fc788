"""The pipe: the pure middle of a tick, from inputs to commands."""
