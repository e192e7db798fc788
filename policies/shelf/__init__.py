"""The shelf: signed, versioned policy bundles, and which of them is active, tried, and was there before."""
