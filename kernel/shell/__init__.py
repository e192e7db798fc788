"""The shell: the thin rim that touches clocks, buses, sockets and processes."""
