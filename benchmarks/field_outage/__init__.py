"""An outage of the history: the world around a historian that has to catch up."""
