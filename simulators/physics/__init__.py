"""Grid physics: one port, and the solvers behind it."""
