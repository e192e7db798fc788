"""History: an outbox on disk, SQLite by default, PostgreSQL when configured.

The gateway appends to the `outbox`; the historian process reads it and hands each batch to its
sinks (`forwarder`): a database (`sqlite`, `postgres`) and the MQTT uplink. A batch leaves the
outbox only after its sink accepted it.
"""
