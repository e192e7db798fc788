"""Equipment that heats, wears and ages, with physics of its own: never the gateway's equations."""
