"""The HTTP face of a gateway: pages, events and JSON, read only."""
