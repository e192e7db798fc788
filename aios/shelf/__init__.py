"""The shelf of a gateway: which policy bundle is in force, and what people do with one."""
