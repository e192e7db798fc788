"""The dispatchers' page: pure views over a snapshot, rendered on the server, live by events."""
