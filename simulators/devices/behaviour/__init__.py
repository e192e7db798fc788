"""What real devices do besides their work: refuse, wait, fall back, hold still, keep a wrong time."""
